"""What the audit recomputes from the stored facts."""

from __future__ import annotations

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from read_model.audits import Violation
from services.reminders.store import QUERIES


async def find_violations(connection: Connection, administration: str) -> list[Violation]:
    """What does not hold of an administration's reminders; at most a thousand of each kind."""
    rows = await connection.fetch(load_queries(QUERIES).audit_violations, administration)
    return [Violation(**row) for row in rows]


async def count_checked(connection: Connection, administration: str) -> dict[str, int]:
    """How many rows of each kind an audit looked at."""
    row = await connection.fetchrow(load_queries(QUERIES).audit_checked, administration)
    assert row is not None, "counts always come as a row"
    return dict(row)


async def documents_after(
    connection: Connection, administration: str, document_id: str, limit: int
) -> list[asyncpg.Record]:
    """The next documents by id: party_id, document_id, sha256 and size_bytes of each."""
    return await connection.fetch(load_queries(QUERIES).documents_after, administration, document_id, limit)
