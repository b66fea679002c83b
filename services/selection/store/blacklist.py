"""The black list: who is on it, and every change of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class BlacklistEntry:
    """What is said of parties: on the list until a day (None: until taken off), or off it."""

    listed: bool
    reason: str
    until: date | None = None


async def set_entries(
    connection: Connection, scope: WorkScope, parties: Sequence[str], entry: BlacklistEntry
) -> list[asyncpg.Record]:
    """Say the same of parties, and keep the change; each party_id with its new version.

    Their accounts are locked first, in key order.
    """
    queries = load_queries(QUERIES)
    await connection.execute(queries.lock_accounts, scope.administration, parties)
    rows = await connection.fetch(
        queries.change_blacklist,
        scope.administration,
        parties,
        entry.listed,
        entry.reason,
        entry.until,
        scope.employee,
        scope.now,
    )
    await connection.execute(queries.note_blacklist_changes, scope.administration, parties)
    return rows


async def unknown_parties(connection: Connection, administration: str, parties: Sequence[str], limit: int) -> list[str]:
    """The first of the parties that nobody has heard of."""
    rows = await connection.fetch(load_queries(QUERIES).unknown_parties, administration, parties, limit)
    return [row["party_id"] for row in rows]


async def parties_of_set(connection: Connection, administration: str, set_id: UUID, limit: int) -> list[str]:
    """The first parties of a set's marked members, by id."""
    rows = await connection.fetch(load_queries(QUERIES).parties_of_set, administration, set_id, "", limit)
    return [row["party_id"] for row in rows]


async def page_of_blacklist(
    connection: Connection, administration: str, today: date, after: str, limit: int
) -> list[asyncpg.Record]:
    """Who is on the list on a day, after a party."""
    return await connection.fetch(load_queries(QUERIES).list_blacklist, administration, after, today, limit)


async def page_of_blacklist_changes(
    connection: Connection, administration: str, party_id: str, before: int, limit: int
) -> list[asyncpg.Record]:
    """What was said of a party before a version, newest first."""
    query = load_queries(QUERIES).list_blacklist_changes
    return await connection.fetch(query, administration, party_id, before, limit)
