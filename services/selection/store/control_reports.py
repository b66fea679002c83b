"""Control reports: which exports of a fixed set were handed out to their last row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES
from services.selection.store.sets import StoredSet, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """How a set was handed out: format and fields by name, and the sentence of its criteria."""

    form: str
    fields: Sequence[str]
    sentence: str | None = None


async def add_control_report(connection: Connection, scope: WorkScope, source: StoredSet, handed: HandedOut) -> None:
    """Remember that exactly this fixed set was handed out."""
    await connection.execute(
        load_queries(QUERIES).add_control_report,
        scope.administration,
        source.set_id,
        await new_id(connection),
        source.fingerprint,
        handed.form,
        list(handed.fields),
        source.members,
        scope.employee,
        scope.now,
        handed.sentence,
    )


async def has_control_report(connection: Connection, source: StoredSet) -> bool:
    """Whether the set was handed out with the members and amounts that it has."""
    query = load_queries(QUERIES).has_control_report
    return bool(await connection.fetchval(query, source.administration, source.set_id, source.fingerprint))


async def list_control_reports(
    connection: Connection, administration: str, set_id: UUID, limit: int
) -> list[asyncpg.Record]:
    """The reports of a set that were handed out, newest first."""
    return await connection.fetch(load_queries(QUERIES).list_control_reports, administration, set_id, limit)
