"""The account that is given of write-offs: sums, single lines, and what happened to an item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.writeoff.store import QUERIES
from services.writeoff.store.periods import FILE_CHUNK_ROWS, FIRST_SIDE, SidePlace, place_of


@dataclass(frozen=True, slots=True)
class DaySpan:
    """From which day until which, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffFilters:
    """Which write-offs: every filter that is given must hold. The order of the fields is that of the queries."""

    journal: str | None = None
    branch: str | None = None
    kind: str | None = None
    rule: str | None = None
    employee: str | None = None
    party_id: str | None = None
    origin: str | None = None
    fiscal_year: int | None = None
    period: int | None = None


@dataclass(frozen=True, slots=True)
class WhichWriteOffs:
    """Write-offs of an administration within some days, through filters."""

    administration: str
    days: DaySpan
    filters: WriteOffFilters


def with_years(by: Sequence[str]) -> list[str]:
    """Dimensions that are named, and the year where periods are: the fifth periods of two years are not one."""
    return [*by, *(["year"] if "period" in by and "year" not in by else [])]


async def sum_journals(connection: Connection, administration: str, days: DaySpan) -> list[asyncpg.Record]:
    """Every journal that was ever configured, with what was received or waived on it."""
    return await connection.fetch(load_queries(QUERIES).overview_journals, administration, days.first, days.last)


async def sum_write_offs(connection: Connection, which: WhichWriteOffs, by: Sequence[str]) -> list[asyncpg.Record]:
    """Write-offs in sums by the dimensions that are named."""
    days = (which.days.first, which.days.last)
    return await connection.fetch(
        load_queries(QUERIES).overview_write_offs, which.administration, with_years(by), *days, *astuple(which.filters)
    )


async def sum_employees(
    connection: Connection, administration: str, days: DaySpan, employee: str | None
) -> list[asyncpg.Record]:
    """What an employee, or each, received, waived and took back, day by day."""
    return await connection.fetch(
        load_queries(QUERIES).overview_employees, administration, days.first, days.last, employee
    )


async def list_write_offs(
    connection: Connection, which: WhichWriteOffs, after: SidePlace, limit: int
) -> list[asyncpg.Record]:
    """Write-offs item by item, in the order of SidePlace."""
    wanted = (which.administration, which.days.first, which.days.last, *astuple(which.filters))
    return await connection.fetch(load_queries(QUERIES).list_write_offs, *wanted, *after, limit)


async def each_write_off(connection: Connection, which: WhichWriteOffs) -> AsyncIterator[asyncpg.Record]:
    """All of them, FILE_CHUNK_ROWS at a time."""
    after = FIRST_SIDE
    while rows := await list_write_offs(connection, which, after, FILE_CHUNK_ROWS):
        for row in rows:
            yield row
        after = place_of(rows[-1])


async def explain_item(
    connection: Connection, administration: str, party_id: str, item_id: str
) -> list[asyncpg.Record]:
    """What happened to an item here, in the order of time."""
    return await connection.fetch(load_queries(QUERIES).explain_item, administration, party_id, item_id)
