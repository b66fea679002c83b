"""Money that moved on cash and bank journals: sums, single bookings, and what each journal gained a day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import NamedTuple

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.writeoff.store import QUERIES
from services.writeoff.store.overviews import DaySpan, with_years
from services.writeoff.store.periods import FILE_CHUNK_ROWS


class ReceiptPlace(NamedTuple):
    """Where a list of bookings goes on."""

    day: date
    party_id: str
    item_id: str


class ReceiptDay(NamedTuple):
    """Where a list of journals' days goes on."""

    journal: str
    day: date
    currency: str


FIRST_RECEIPT = ReceiptPlace(date.min, "", "")
FIRST_RECEIPT_DAY = ReceiptDay("", date.min, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFilters:
    """Which bookings: every filter that is given must hold. The order of the fields is that of the queries."""

    journal: str | None = None
    employee: str | None = None
    till: str | None = None
    method: str | None = None
    branch: str | None = None
    party_kind: str | None = None
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class WhichReceipts:
    """Bookings of an administration within some days, through filters."""

    administration: str
    days: DaySpan
    filters: ReceiptFilters


@dataclass(frozen=True, slots=True)
class FiscalFilter:
    """A fiscal year, a period's number, both, or neither."""

    fiscal_year: int | None = None
    period: int | None = None


async def sum_receipts(
    connection: Connection, which: WhichReceipts, fiscal: FiscalFilter, by: Sequence[str]
) -> list[asyncpg.Record]:
    """Money in sums by the dimensions that are named."""
    days, filters = which.days, astuple(which.filters)
    return await connection.fetch(
        load_queries(QUERIES).overview_receipts,
        which.administration,
        with_years(by),
        days.first,
        days.last,
        *filters,
        *astuple(fiscal),
    )


async def list_receipts(
    connection: Connection, which: WhichReceipts, after: ReceiptPlace, limit: int
) -> list[asyncpg.Record]:
    """Bookings one by one, in the order of ReceiptPlace."""
    wanted = (which.administration, which.days.first, which.days.last, *astuple(which.filters))
    return await connection.fetch(load_queries(QUERIES).list_receipts, *wanted, *after, limit)


async def each_receipt(connection: Connection, which: WhichReceipts) -> AsyncIterator[asyncpg.Record]:
    """All of them, FILE_CHUNK_ROWS at a time."""
    after = FIRST_RECEIPT
    while rows := await list_receipts(connection, which, after, FILE_CHUNK_ROWS):
        for row in rows:
            yield row
        after = place_of(rows[-1])


async def sum_journal_days(
    connection: Connection, which: WhichReceipts, after: ReceiptDay, limit: int
) -> list[asyncpg.Record]:
    """What the receipts say that each cash and bank journal gained, in the order of ReceiptDay."""
    days = (which.days.first, which.days.last)
    return await connection.fetch(load_queries(QUERIES).receipts_by_journal, which.administration, *days, *after, limit)


def place_of(row: asyncpg.Record) -> ReceiptPlace:
    """The place of a booking in the list."""
    return ReceiptPlace(row["day"], row["party_id"], row["item_id"])
