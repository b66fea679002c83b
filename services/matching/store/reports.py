"""What people read out of the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.domain.ageing import AgeScale
from services.matching.domain.criteria import EVERY_PARTY, JournalCriteria, PartyRange
from services.matching.domain.list_order import ItemPlace, MatchPlace, Stretch
from services.matching.domain.why_not_matched import Reservation
from services.matching.domain.why_not_proposed import PartyTraits
from services.matching.store import QUERIES

CHUNK_PARTIES = 1_000
MATCHES_OF_ITEM_LIMIT = 1_000


async def list_items(
    connection: Connection, administration: str, party_id: str | None, stretch: Stretch[ItemPlace], *, only_open: bool
) -> list[asyncpg.Record]:
    """Items in the order of party and id."""
    return await connection.fetch(
        load_queries(QUERIES).list_items, administration, party_id, only_open, *stretch.after, stretch.limit, None
    )


async def find_item(connection: Connection, administration: str, party_id: str, item_id: str) -> asyncpg.Record | None:
    """One item as lists show it, settled or not; None when it was never posted."""
    only_open = False
    return await connection.fetchrow(
        load_queries(QUERIES).list_items, administration, party_id, only_open, party_id, "", 1, item_id
    )


async def list_matches(
    connection: Connection,
    administration: str,
    party_id: str | None,
    run_id: UUID | None,
    stretch: Stretch[MatchPlace],
) -> list[asyncpg.Record]:
    """Matches in the order of party and sequence."""
    return await connection.fetch(
        load_queries(QUERIES).list_matches, administration, party_id, run_id, *stretch.after, stretch.limit, None
    )


async def matches_of_item(
    connection: Connection, administration: str, party_id: str, item_id: str
) -> list[asyncpg.Record]:
    """The matches that touched an item, in their order."""
    first = (party_id, 0, MATCHES_OF_ITEM_LIMIT)
    return await connection.fetch(load_queries(QUERIES).list_matches, administration, party_id, None, *first, item_id)


async def find_reservation(
    connection: Connection, administration: str, party_id: str, item_id: str
) -> Reservation | None:
    """Which proposal holds an item now, if any."""
    row = await connection.fetchrow(load_queries(QUERIES).reservation_of, administration, party_id, item_id)
    return None if row is None else Reservation(**dict(row))


async def party_of(connection: Connection, administration: str, party_id: str) -> PartyTraits | None:
    """A party's group and kind; None when nobody told of the party yet."""
    row = await connection.fetchrow(load_queries(QUERIES).party_of, administration, party_id)
    return None if row is None else PartyTraits(row["party_group"], row["kind"])


async def account_totals(connection: Connection, administration: str, party_id: str) -> list[asyncpg.Record]:
    """What is open of a party per currency."""
    return await connection.fetch(load_queries(QUERIES).account_totals, administration, party_id)


async def next_parties(
    connection: Connection, administration: str, after: str, within: PartyRange = EVERY_PARTY
) -> list[str]:
    """The next parties in key order, at most CHUNK_PARTIES; empty at the end."""
    rows = await connection.fetch(load_queries(QUERIES).next_accounts, administration, after, *within, CHUNK_PARTIES)
    return [row["party_id"] for row in rows]


async def party_chunks(
    connection: Connection, administration: str, within: PartyRange = EVERY_PARTY
) -> AsyncIterator[list[str]]:
    """Parties in key order, CHUNK_PARTIES at a time."""
    after = ""
    while parties := await next_parties(connection, administration, after, within):
        after = parties[-1]
        yield parties


async def account_balances(
    connection: Connection, administration: str, parties: Sequence[str]
) -> dict[tuple[str, str], asyncpg.Record]:
    """What is open by party and currency."""
    rows = await connection.fetch(load_queries(QUERIES).account_balances, administration, list(parties))
    return {(row["party_id"], row["currency"]): row for row in rows}


async def settlements_in_force(
    connection: Connection, administration: str, parties: Sequence[str], stretch: Stretch[MatchPlace]
) -> list[asyncpg.Record]:
    """Matches in force that keep settlement information, in the order of party and sequence."""
    return await connection.fetch(
        load_queries(QUERIES).settlements_in_force, administration, list(parties), *stretch.after, stretch.limit
    )


async def open_items_as_of(
    connection: Connection, administration: str, parties: Sequence[str], day: date
) -> list[asyncpg.Record]:
    """What was open of the parties at the end of a day, recomputed from the facts."""
    return await connection.fetch(load_queries(QUERIES).open_items_as_of, administration, list(parties), day)


async def ageing(
    connection: Connection, administration: str, parties: Sequence[str], day: date, scale: AgeScale
) -> list[asyncpg.Record]:
    """Open totals per party, currency and number of the bucket."""
    return await connection.fetch(
        load_queries(QUERIES).ageing, administration, list(parties), day, scale.basis, list(scale.first_days)
    )


async def clearing_journal(
    connection: Connection, administration: str, criteria: JournalCriteria, stretch: Stretch[MatchPlace]
) -> list[asyncpg.Record]:
    """Clearing entries of a fiscal year, period and journal, in the order of party and sequence."""
    return await connection.fetch(
        load_queries(QUERIES).clearing_journal,
        administration,
        criteria.fiscal_year,
        criteria.period,
        criteria.journal,
        *stretch.after,
        stretch.limit,
    )


async def audit_chunk(
    connection: Connection, administration: str, parties: Sequence[str], periods: str, limit: int
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Violations among the parties, at most about `limit` of each kind, and how much was looked at."""
    queries = load_queries(QUERIES)
    listed = list(parties)
    items = await connection.fetch(queries.audit_items, administration, listed, limit)
    matches = await connection.fetch(queries.audit_matches, administration, listed, periods, limit)
    counts = await connection.fetchrow(queries.audit_counts, administration, listed)
    assert counts is not None, "an aggregate always has its row"
    return [dict(row) for row in (*items, *matches)], dict(counts)


async def audit_days(
    connection: Connection, administration: str, parties: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """Violations among the parties on past days, at most about `limit` of items and of accounts."""
    rows = await connection.fetch(load_queries(QUERIES).audit_days, administration, list(parties), limit)
    return [dict(row) for row in rows]
