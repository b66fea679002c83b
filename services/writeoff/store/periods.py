"""What is booked in a fiscal period, its export for the general ledger, and its seal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.writeoff.store import QUERIES

FILE_CHUNK_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """One fiscal period of an administration."""

    administration: str
    year: int
    period: int

    @property
    def arguments(self) -> tuple[str, int, int]:
        """As the queries take it."""
        return (self.administration, self.year, self.period)


@dataclass(frozen=True, slots=True)
class PeriodSeal:
    """What a period is sealed with: its entries, their totals and digest, and by whom."""

    entries: int
    totals: Sequence[dict[str, Any]]
    digest: str
    employee: str


class SidePlace(NamedTuple):
    """Where a list of entries' sides goes on: the order of date, party, entry and side."""

    day: date
    party_id: str
    match_id: UUID
    position: int


FIRST_SIDE = SidePlace(date(1900, 1, 1), "", UUID(int=0), -1)


def place_of(row: asyncpg.Record) -> SidePlace:
    """The place of a row."""
    return SidePlace(row["date"], row["party_id"], row["match_id"], row["position"])


async def list_periods(connection: Connection, administration: str) -> list[asyncpg.Record]:
    """The configured periods with the number of their entries, and by whom they were sealed."""
    return await connection.fetch(load_queries(QUERIES).list_periods, administration)


async def period_facts(connection: Connection, key: PeriodKey) -> tuple[int, str]:
    """How many entries a period has, and a digest of all that they say."""
    facts = await connection.fetchrow(load_queries(QUERIES).period_facts, *key.arguments)
    assert facts is not None, "an aggregate always has its row"
    return facts["entries"], facts["digest"]


async def period_totals(connection: Connection, key: PeriodKey) -> list[dict[str, Any]]:
    """Entries and minor units of a period, by journal and currency."""
    return [dict(row) for row in await connection.fetch(load_queries(QUERIES).period_totals, *key.arguments)]


async def unanswered_in_period(connection: Connection, key: PeriodKey) -> int:
    """How many questions that would be booked in the period the ledger has not answered."""
    return int(await connection.fetchval(load_queries(QUERIES).unanswered_in_period, *key.arguments))


async def waiting_bookings(connection: Connection, administration: str) -> int:
    """How many answers of the ledger wait for what they refer to."""
    return int(await connection.fetchval(load_queries(QUERIES).waiting_bookings, administration))


async def unlinked_in_period(connection: Connection, key: PeriodKey) -> list[asyncpg.Record]:
    """Journals of the period, and which side of their bookings has no general-ledger account."""
    return await connection.fetch(load_queries(QUERIES).unlinked_in_period, *key.arguments)


async def seal_period(connection: Connection, key: PeriodKey, seal: PeriodSeal) -> datetime | None:
    """Seal a period; None when it was sealed before."""
    facts = (seal.entries, json.dumps(seal.totals), seal.digest, seal.employee)
    sealed_at: datetime | None = await connection.fetchval(load_queries(QUERIES).seal_period, *key.arguments, *facts)
    return sealed_at


async def list_ledger_lines(
    connection: Connection, key: PeriodKey, after: SidePlace, limit: int
) -> list[asyncpg.Record]:
    """The sides of a period's entries for the general ledger, in the order of SidePlace."""
    return await connection.fetch(load_queries(QUERIES).ledger_lines, *key.arguments, *after, limit)


async def each_ledger_line(connection: Connection, key: PeriodKey) -> AsyncIterator[asyncpg.Record]:
    """All sides of a period's entries, FILE_CHUNK_ROWS at a time."""
    after = FIRST_SIDE
    while rows := await list_ledger_lines(connection, key, after, FILE_CHUNK_ROWS):
        for row in rows:
            yield row
        after = place_of(rows[-1])
