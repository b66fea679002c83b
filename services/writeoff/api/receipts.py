"""Receipts: what came in, what went back, what was paid and what came back, in sums and booking by booking."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field

from chassis.http import DEFAULT_LIMIT, Administration, Keyset, Page, Table, View, as_file, shown_as
from chassis.service import Runtime
from services.writeoff.api.overviews import DayRange, Text, answer_whole, check_order, columns_of
from services.writeoff.store import receipts as store
from services.writeoff.store.receipts import FiscalFilter, ReceiptDay, ReceiptFilters, ReceiptPlace, WhichReceipts

Dimension = Literal["year", "period", "day", "journal", "employee", "till", "method", "branch", "party_kind"]


class ReceiptFilter(DayRange):
    """Which bookings are taken: every filter that is given must hold."""

    journal: Text = None
    employee: Text = None
    till: Text = None
    method: Text = None
    branch: Text = None
    party_kind: Literal["debtor", "creditor"] | None = None
    party_id: Text = None

    def which(self, administration: str) -> WhichReceipts:
        """The same, as the store takes it."""
        filters = ReceiptFilters(**{field.name: getattr(self, field.name) for field in fields(ReceiptFilters)})
        return WhichReceipts(administration, self.span, filters)


class GroupedReceipts(ReceiptFilter):
    """The same, and by what the sums are grouped."""

    by: Annotated[list[Dimension], Field(max_length=9, default_factory=lambda: ["journal"])]
    fiscal_year: Annotated[int | None, Field(ge=1900, le=2999)] = None
    period: Annotated[int | None, Field(ge=1, le=99)] = None


class ReceiptPage(ReceiptFilter):
    """Which bookings, and which part of them; a file holds all of them."""

    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class ReceiptDayPage(DayRange):
    """Which days of the journals, and which part of them."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class Money(View):
    """What moved, in minor units of `currency`.

    received = taken_in - voided - refunded - charged_back, and movement = received - paid + received_back is what the
    journals gained.
    """

    currency: str
    taken_in: int = Field(description="From debtors")
    voided: int = Field(description="Of what was taken in, struck out")
    refunded: int = Field(description="Given back to debtors")
    charged_back: int = Field(description="Called back by debtors or their banks")
    received: int
    paid: int = Field(description="To suppliers")
    received_back: int = Field(description="From suppliers")
    movement: int


class ReceiptSum(Money):
    """A sum of bookings on cash and bank journals; the dimensions that were not asked for are null."""

    fiscal_year: int | None
    period: int | None
    day: date | None
    journal: str | None
    employee: str | None
    till: str | None
    method: str | None
    branch: str | None
    party_kind: str | None
    bookings: int


class ReceiptLine(Money):
    """One booking on a cash or bank journal."""

    day: date
    party_id: str
    item_id: str
    party_kind: str
    kind: str
    journal: str
    voucher: str
    employee: str | None
    till: str | None
    method: str | None
    branch: str | None
    money_back: str | None
    reverses: str | None


class JournalDayView(View):
    """What the receipts say that a cash or bank journal gained on a day."""

    journal: str
    day: date
    currency: str
    bookings: int
    taken_in: int
    voided: int
    refunded: int
    charged_back: int
    paid: int
    received_back: int
    movement: int


AMOUNTS = tuple(name for name in Money.model_fields if name != "currency")
SUMS = Table("receipts", columns_of(ReceiptSum, *AMOUNTS))
LINES = Table("receipt-lines", columns_of(ReceiptLine, *AMOUNTS))
DAYS = Table("receipts-by-journal", columns_of(JournalDayView, *(name for name in AMOUNTS if name != "received")))
DAYS_AT_ONCE = 10_000
_LINES = Keyset("receipt-lines", ReceiptPlace)
_DAYS = Keyset("receipt-days", ReceiptDay)


def receipt_router(runtime: Runtime) -> APIRouter:
    """Receipts, as JSON or as a file."""
    router = APIRouter()

    @router.get("/overviews/receipts", response_model=Page[ReceiptSum])
    async def receipts(administration: Administration, wanted: Annotated[GroupedReceipts, Query()]) -> Any:
        """Receipts in sums, by any of year, period, day, journal, employee, till, method, branch and kind of party."""
        check_order(wanted)
        fiscal = FiscalFilter(wanted.fiscal_year, wanted.period)
        async with runtime.database.snapshot() as connection:
            rows = await store.sum_receipts(connection, wanted.which(administration), fiscal, wanted.by)
        return await answer_whole(rows, SUMS, ReceiptSum, wanted.format)

    @router.get("/receipts", response_model=Page[ReceiptLine])
    async def receipt_lines(administration: Administration, wanted: Annotated[ReceiptPage, Query()]) -> Any:
        """Bookings on cash and bank journals one by one; as a file all of them, else page by page."""
        check_order(wanted)
        which = wanted.which(administration)
        if wanted.format != "json":
            return await as_file(LINES, _all_lines(runtime, which), wanted.format)
        after = _LINES.decode(wanted.cursor) or store.FIRST_RECEIPT
        async with runtime.database.snapshot() as connection:
            rows = await store.list_receipts(connection, which, after, wanted.limit + 1)
        return _LINES.page(rows, wanted.limit, key=store.place_of, show=shown_as(ReceiptLine))

    @router.get("/receipts/journals", response_model=Page[JournalDayView])
    async def receipt_days(administration: Administration, wanted: Annotated[ReceiptDayPage, Query()]) -> Any:
        """What each cash and bank journal gained a day by the receipts; as a file all of it, else page by page."""
        check_order(wanted)
        which = WhichReceipts(administration, wanted.span, ReceiptFilters())
        if wanted.format != "json":
            return await as_file(DAYS, _all_days(runtime, which), wanted.format)
        after = _DAYS.decode(wanted.cursor) or store.FIRST_RECEIPT_DAY
        async with runtime.database.snapshot() as connection:
            rows = await store.sum_journal_days(connection, which, after, wanted.limit + 1)
        return _DAYS.page(
            rows,
            wanted.limit,
            key=_day_of,
            show=shown_as(JournalDayView),
        )

    return router


def _day_of(row: asyncpg.Record) -> ReceiptDay:
    return ReceiptDay(row["journal"], row["day"], row["currency"])


async def _all_days(runtime: Runtime, which: WhichReceipts) -> AsyncGenerator[asyncpg.Record]:
    """Every day of every journal, read part by part in one snapshot."""
    after = store.FIRST_RECEIPT_DAY
    async with runtime.database.snapshot() as connection:
        while rows := await store.sum_journal_days(connection, which, after, DAYS_AT_ONCE):
            for row in rows:
                yield row
            after = _day_of(rows[-1])


async def _all_lines(runtime: Runtime, which: WhichReceipts) -> AsyncGenerator[asyncpg.Record]:
    """Every booking, read in one snapshot."""
    async with runtime.database.snapshot() as connection:
        async for row in store.each_receipt(connection, which):
            yield row
