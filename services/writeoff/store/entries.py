"""Bookings on A-journals, as the database keeps them: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.queries import load_queries
from services.writeoff.store import QUERIES

MatchKey = tuple[str, str, UUID]
"""(administration, party_id, match_id): what names an entry too, for each match has one at most."""


class NewEntry(NamedTuple):
    """An entry to be booked; `matched_on` is the ledger's date where that period was sealed meanwhile."""

    administration: str
    party_id: str
    match_id: UUID
    reversal_of: UUID | None
    ask_id: UUID | None
    journal: str
    booked_on: date
    fiscal_year: int
    period: int
    currency: str
    employee: str
    note: str
    recorded_at: datetime
    matched_on: date | None


class NewSide(NamedTuple):
    """One side of an entry to be booked; debits are positive."""

    administration: str
    party_id: str
    match_id: UUID
    position: int
    item_id: str | None
    gl_account: str | None
    amount: int
    base_amount: int | None


async def add_entries(connection: Connection, entries: Iterable[NewEntry]) -> list[MatchKey]:
    """Book entries, whose keys differ; gives the keys of those that were not booked before."""
    rows = await connection.fetch(load_queries(QUERIES).add_entries, *columns(entries, 14))
    return [(row["administration"], row["party_id"], row["match_id"]) for row in rows]


async def add_sides(connection: Connection, sides: Sequence[NewSide]) -> None:
    """Book the sides of new entries, with the kind and the branch of their items as they are now."""
    if sides:
        await connection.execute(load_queries(QUERIES).add_entry_lines, *columns(sides, 8))


async def booked_matches(connection: Connection, keys: Iterable[MatchKey]) -> set[UUID]:
    """Those of the matches that have an entry."""
    rows = await connection.fetch(load_queries(QUERIES).booked_matches, *columns(keys, 3))
    return {row["match_id"] for row in rows}


async def find_entry(connection: Connection, administration: str, match_id: UUID) -> asyncpg.Record | None:
    """The entry of a match, with what it came from and what took it back."""
    return await connection.fetchrow(load_queries(QUERIES).get_entry, administration, match_id)


async def list_sides(connection: Connection, key: MatchKey) -> list[asyncpg.Record]:
    """The sides of an entry, the write-off journal's own first."""
    return await connection.fetch(load_queries(QUERIES).entry_lines, *key)


async def lock_entry(connection: Connection, match_id: UUID) -> None:
    """Have others who would take this entry back wait until this transaction ends."""
    await connection.execute(load_queries(QUERIES).lock_entry, match_id)


async def pending_reversal(connection: Connection, key: MatchKey) -> UUID | None:
    """The request that takes this entry back already, unless it was declined or refused."""
    found: UUID | None = await connection.fetchval(load_queries(QUERIES).pending_reversal, *key)
    return found


async def reversible_lines(connection: Connection, key: MatchKey) -> list[asyncpg.Record]:
    """What each item of an entry would get back, and what is open of it now."""
    return await connection.fetch(load_queries(QUERIES).reversible_lines, *key)
