"""Overviews of journals, write-offs and employees, with filters, totals and files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from chassis.errors import Refused, TooLarge
from chassis.http import Administration, Column, FileFormat, Page, Table, View, as_file, shown_as, whole
from chassis.service import Runtime
from contracts.event import EventDate
from services.writeoff.store import overviews as store
from services.writeoff.store.overviews import DaySpan, WhichWriteOffs, WriteOffFilters

GROUPS_SHOWN = 10_000
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)

Dimension = Literal["year", "period", "date", "journal", "branch", "kind", "rule", "origin", "employee"]
Text = Annotated[str | None, Field(max_length=100)]
Shape = Literal["json", FileFormat]
"""Pages of JSON, or a file."""


class DayRange(BaseModel):
    """From which day until which, both included."""

    date_from: EventDate = FIRST_DAY
    date_to: EventDate = LAST_DAY
    format: Shape = "json"

    @property
    def span(self) -> DaySpan:
        """The days, as the store takes them."""
        return DaySpan(self.date_from, self.date_to)


class WriteOffFilter(DayRange):
    """Which write-offs are taken: every filter that is given must hold."""

    journal: Text = None
    branch: Text = None
    kind: Text = None
    rule: Text = None
    employee: Text = None
    party_id: Text = None
    origin: Literal["batch", "manual", "rule", "reversal", "ledger"] | None = None
    fiscal_year: Annotated[int | None, Field(ge=1900, le=2999)] = None
    period: Annotated[int | None, Field(ge=1, le=99)] = None

    def which(self, administration: str) -> WhichWriteOffs:
        """The same, as the store takes it."""
        filters = WriteOffFilters(**{field.name: getattr(self, field.name) for field in fields(WriteOffFilters)})
        return WhichWriteOffs(administration, self.span, filters)


class GroupedFilter(WriteOffFilter):
    """The same, and by what the sums are grouped."""

    by: Annotated[list[Dimension], Field(max_length=9)] = ["journal"]


class EmployeeFilter(DayRange):
    """Which days, and one employee or all."""

    employee: Text = None


class JournalRow(View):
    """A journal; money only on K and B, `waived` only on A, in minor units of `currency`."""

    code: str
    type: str
    label_nl: str | None
    label_da: str | None
    label_en: str | None
    used_for: str | None
    default_for: str | None
    base_currency: str
    item_limit: int | None = Field(description="In minor units of the base currency")
    gl_account: str | None
    is_retired: bool = Field(description="No longer configured: its bookings stay, new ones are refused")
    currency: str | None
    bookings: int
    received: int | None = Field(description="Less what was voided, refunded and charged back")
    given_back: int | None = Field(description="Voided, refunded or charged back")
    paid: int | None = Field(description="To suppliers")
    received_back: int | None = Field(description="From suppliers")
    movement: int | None = Field(description="What the journal gained: received - paid + received_back")
    waived: int | None


class WriteOffSum(View):
    """A sum of write-offs; the dimensions that were not asked for are null. `amount` is what remains waived."""

    fiscal_year: int | None
    period: int | None
    date: date | None
    journal: str | None
    branch: str | None
    kind: str | None
    rule: str | None
    origin: str | None
    employee: str | None
    currency: str
    items: int
    written_off: int
    reversed: int
    amount: int


class EmployeeDay(View):
    """What an employee received (on K and B journals, less what was given back), waived and took back on one day."""

    employee: str | None
    day: date
    currency: str
    received: int
    given_back: int
    paid: int
    received_back: int
    waived: int
    reversed: int
    receipts: int
    waivers: int


class Happening(View):
    """One thing that happened to an item here."""

    at: datetime
    what: str
    detail: str
    amount: int | None
    currency: str | None
    journal: str | None
    employee: str | None
    request_id: UUID | None
    match_id: UUID | None


def columns_of(view: type[BaseModel], *amounts: str, base_amounts: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns of a file of what the view shows; which are minor units of the row's currency or base currency."""
    currencies = dict.fromkeys(amounts, "currency") | dict.fromkeys(base_amounts, "base_currency")
    return tuple(Column(name, currency_in=currencies.get(name, "")) for name in view.model_fields)


MONEY = ("received", "given_back", "paid", "received_back")
JOURNALS = Table("journals", columns_of(JournalRow, *MONEY, "movement", "waived", base_amounts=("item_limit",)))
WRITE_OFFS = Table("write-offs", columns_of(WriteOffSum, "written_off", "reversed", "amount"))
EMPLOYEES = Table("employees", columns_of(EmployeeDay, *MONEY, "waived", "reversed"))


def overview_router(runtime: Runtime) -> APIRouter:
    """Sums, as JSON or as a file."""
    router = APIRouter()

    @router.get("/overviews/journals", response_model=Page[JournalRow])
    async def journals(administration: Administration, days: Annotated[DayRange, Query()]) -> Any:
        """Every journal with what was received or waived on it; a used one that is no longer configured stays."""
        check_order(days)
        async with runtime.database.snapshot() as connection:
            rows = await store.sum_journals(connection, administration, days.span)
        return await answer_whole(rows, JOURNALS, JournalRow, days.format)

    @router.get("/overviews/write-offs", response_model=Page[WriteOffSum])
    async def write_offs(administration: Administration, wanted: Annotated[GroupedFilter, Query()]) -> Any:
        """Write-offs in sums, by any of period, journal, branch, kind, rule, origin and employee."""
        check_order(wanted)
        async with runtime.database.snapshot() as connection:
            rows = await store.sum_write_offs(connection, wanted.which(administration), wanted.by)
        return await answer_whole(rows, WRITE_OFFS, WriteOffSum, wanted.format)

    @router.get("/overviews/employees", response_model=Page[EmployeeDay])
    async def employees(administration: Administration, wanted: Annotated[EmployeeFilter, Query()]) -> Any:
        """Who received and who waived which amounts, day by day."""
        check_order(wanted)
        async with runtime.database.snapshot() as connection:
            rows = await store.sum_employees(connection, administration, wanted.span, wanted.employee)
        return await answer_whole(rows, EMPLOYEES, EmployeeDay, wanted.format)

    @router.get("/parties/{party_id}/items/{item_id}/history")
    async def history(administration: Administration, party_id: str, item_id: str) -> Page[Happening]:
        """Why an item was written off, left out, or not yet: everything that happened to it here."""
        async with runtime.database.snapshot() as connection:
            rows = await store.explain_item(connection, administration, party_id, item_id)
        return whole(map(shown_as(Happening), rows))

    return router


async def answer_whole(rows: list[asyncpg.Record], table: Table, view: type[BaseModel], shape: Shape) -> Any:
    """Groups as JSON or as a file; TooLarge beyond GROUPS_SHOWN of them."""
    if len(rows) > GROUPS_SHOWN:
        raise TooLarge(
            "too-many-groups",
            "The overview has more than {limit} rows.",
            limit=GROUPS_SHOWN,
            field="by",
            remedy="Group by less, or narrow the filters.",
        )
    if shape == "json":
        return whole(map(shown_as(view), rows))
    answer: Response = await as_file(table, each(rows), shape)
    return answer


async def each(rows: list[asyncpg.Record]) -> AsyncGenerator[asyncpg.Record]:
    """Rows that are there, one after the other."""
    for row in rows:
        yield row


def check_order(days: DayRange) -> None:
    """Refuse a span that ends before it begins."""
    if days.date_to < days.date_from:
        raise Refused("days-reversed", "date_to lies before date_from.", field="date_to", remedy="Swap them.")
