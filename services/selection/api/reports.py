"""Routes: open items per customer, ageing, and totals; on the screen and as files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, NamedTuple

import asyncpg
from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from chassis.database import Database
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    AnyActor,
    Cursor,
    Keyset,
    Limit,
    Page,
    View,
    shown_as,
    stream_csv,
    stream_ndjson,
)
from chassis.http.notations import NOTATIONS
from chassis.queries import load_queries
from chassis.service import Runtime
from read_model.parties import get_administration
from services.selection.api.exports import XLSX, form_of
from services.selection.api.views import scope_of
from services.selection.domain.catalogue import Field
from services.selection.domain.export_formats import ExportFormat, header
from services.selection.domain.report_rows import (
    Grouping,
    ageing_columns,
    customer_columns,
    rows_as_text,
    totals_columns,
)
from services.selection.operations.exports import BATCH_ROWS
from services.selection.operations.spreadsheets import Sheet, write_xlsx
from services.selection.store.sets import QUERIES, Scope

NDJSON = "json"


class CustomerKey(NamedTuple):
    """The order of customers."""

    party_id: str
    currency: str


_CUSTOMERS = Keyset("customers", CustomerKey)


class CustomerView(View):
    """What a customer has open in one currency, in minor units."""

    party_id: str
    party_name: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    account_currency: str
    party_open_items: int
    party_open_amount: int
    party_overdue_amount: int
    party_oldest_item_date: date | None
    party_reminder_level: int
    blacklisted: bool


class AgeingView(View):
    """Open amounts by days overdue in one currency, in minor units; without a party: of all."""

    party_id: str
    party_name: str | None
    currency: str
    items: int
    open_amount: int
    not_due: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int


class GroupView(View):
    """Open items of one status, journal, branch or kind, in one currency."""

    grouped_by: str
    currency: str
    items: int
    parties: int
    open_amount: int
    charges: int
    credits: int


@dataclass(frozen=True, slots=True)
class Table:
    """A report's query, its arguments, and the columns that it shows."""

    query: str
    arguments: tuple[Any, ...]
    columns: tuple[Field, ...]
    currency: str = "currency"


Wanted = Annotated[
    str, Query(alias="format", description="json (a line each), csv, csv-nl, csv-nl-BE, csv-da, csv-en, xlsx-nl …")
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which customers: the least that they owe in all, in cents, and in which currency."""

    minimum: Annotated[int, Query(description="Least total per customer, in cents")] = 1
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None


async def _rows(database: Database, table: Table) -> AsyncGenerator[Sequence[asyncpg.Record]]:
    async with database.snapshot() as connection:
        queries = load_queries(QUERIES)
        await connection.execute(queries.take_all_the_time)
        cursor = await connection.cursor(queries[table.query], *table.arguments)
        while rows := await cursor.fetch(BATCH_ROWS):
            yield rows


async def _lines(database: Database, table: Table, form: ExportFormat) -> AsyncGenerator[list[str]]:
    async for rows in _rows(database, table):
        for row in rows:
            yield rows_as_text(table.columns, dict(row), row[table.currency], form)


async def _objects(database: Database, table: Table) -> AsyncGenerator[dict[str, Any]]:
    async for rows in _rows(database, table):
        for row in rows:
            yield {field.name: row[field.name] for field in table.columns}


async def _values(database: Database, table: Table) -> AsyncIterator[list[list[Any]]]:
    async for rows in _rows(database, table):
        yield [[*(row[field.name] for field in table.columns), row[table.currency]] for row in rows]


async def _as_file(runtime: Runtime, scope: Scope, table: Table, name: str, wanted: str) -> StreamingResponse:
    """The report as CSV, XLSX or lines of JSON."""
    if wanted == NDJSON:
        return await stream_ndjson(_objects(runtime.database, table), filename=f"{name}.ndjson")
    form = form_of(wanted)
    headings = [header(field, form) for field in table.columns]
    if form.is_csv:
        profile = NOTATIONS[form.name]
        return await stream_csv(
            headings, _lines(runtime.database, table, form), filename=f"{name}.csv", profile=profile
        )
    async with runtime.database.snapshot() as connection:
        configuration = await get_administration(connection, scope.administration)
    assert form.language is not None, "a workbook is for people"
    sheet = Sheet(
        language=form.language,
        fields=table.columns,
        headings=headings,
        currency_at=len(table.columns),
        base_currency=configuration.base_currency,
    )
    disposition = {"content-disposition": f'attachment; filename="{name}.xlsx"'}
    return StreamingResponse(write_xlsx(sheet, _values(runtime.database, table)), media_type=XLSX, headers=disposition)


def add_report_routes(router: APIRouter, runtime: Runtime) -> None:
    """The reports."""
    _add_customers(router, runtime)
    _add_ageing(router, runtime)
    _add_totals(router, runtime)


def _add_customers(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/customers")
    async def customers(
        administration: Administration,
        actor: AnyActor,
        chosen: Annotated[Chosen, Depends(Chosen)],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[CustomerView]:
        """Open items per customer, from a minimum total per customer."""
        scope = scope_of(actor, administration)
        after = _CUSTOMERS.decode(cursor) or CustomerKey("", "")
        keys = (administration, scope.today, chosen.minimum, chosen.currency)
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(QUERIES).page_of_customers, *keys, *after, limit + 1)
        return _CUSTOMERS.page(
            rows,
            limit,
            key=lambda row: CustomerKey(row["party_id"], row["account_currency"]),
            show=shown_as(CustomerView),
        )

    @router.get("/reports/customers/export")
    async def export_customers(
        administration: Administration,
        actor: AnyActor,
        chosen: Annotated[Chosen, Depends(Chosen)],
        wanted: Wanted = "csv",
    ) -> StreamingResponse:
        """Open items per customer as a file."""
        scope = scope_of(actor, administration)
        arguments = (administration, scope.today, chosen.minimum, chosen.currency)
        table = Table("report_customers", arguments, customer_columns(), "account_currency")
        return await _as_file(runtime, scope, table, "open-items-per-customer", wanted)


def _add_ageing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/ageing")
    async def ageing(administration: Administration, actor: AnyActor) -> tuple[AgeingView, ...]:
        """Open amounts by days overdue, per currency."""
        scope = scope_of(actor, administration)
        per_party = False
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(QUERIES).report_ageing, administration, scope.today, per_party)
        return tuple(map(shown_as(AgeingView), rows))

    @router.get("/reports/ageing/export")
    async def export_ageing(
        administration: Administration,
        actor: AnyActor,
        *,
        per_party: Annotated[bool, Query(description="A row per customer")] = False,
        wanted: Wanted = "csv",
    ) -> StreamingResponse:
        """Open amounts by days overdue as a file."""
        scope = scope_of(actor, administration)
        table = Table("report_ageing", (administration, scope.today, per_party), ageing_columns(per_party=per_party))
        return await _as_file(runtime, scope, table, "ageing", wanted)


def _add_totals(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/totals")
    async def totals(administration: Administration, by: Grouping = "status") -> tuple[GroupView, ...]:
        """What is open by status, journal, branch or kind."""
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(QUERIES).report_totals, administration, by)
        return tuple(map(shown_as(GroupView), rows))

    @router.get("/reports/totals/export")
    async def export_totals(
        administration: Administration, actor: AnyActor, by: Grouping = "status", wanted: Wanted = "csv"
    ) -> StreamingResponse:
        """The totals as a file."""
        scope = scope_of(actor, administration)
        table = Table("report_totals", (administration, by), totals_columns(by))
        return await _as_file(runtime, scope, table, f"totals-by-{by}", wanted)
