"""Open items per customer, ageing, and totals; on the screen and as files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    AnyActor,
    Column,
    Cursor,
    Keyset,
    Limit,
    Page,
    Table,
    View,
    shown_as,
    stream_ndjson,
)
from chassis.http.files import csv_file, xlsx_file
from chassis.service import Runtime
from services.selection.api.views import scope_of
from services.selection.domain.catalogue import Field, FieldType
from services.selection.domain.export_formats import FORMATS, ExportConventions, conventions_of, header, words_of
from services.selection.domain.report_rows import (
    Grouping,
    ageing_columns,
    customer_columns,
    totals_columns,
)
from services.selection.store.reports import (
    CustomerPlace,
    OwingCustomers,
    ReportQuery,
    ageing_query,
    ageing_rows,
    customers_query,
    page_of_customers,
    report_rows,
    totals_query,
    totals_rows,
)

NDJSON = "json"


_CUSTOMERS = Keyset("customers", CustomerPlace)


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


class GroupTotalView(View):
    """Open items of one status, journal, branch or kind, in one currency."""

    grouped_by: str
    currency: str
    items: int
    parties: int
    open_amount: int
    charges: int
    credits: int


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A report, the columns that it shows, and the column that says each row's currency."""

    query: ReportQuery
    columns: tuple[Field, ...]
    currency: str = "currency"

    def written(self, form: ExportConventions) -> tuple[Column, ...]:
        """The columns as a file has them."""
        return tuple(
            Column(
                field.name,
                heading=header(field, form),
                currency_in=self.currency if field.type is FieldType.AMOUNT else "",
                words=words_of(field, form),
            )
            for field in self.columns
        )


Wanted = Annotated[
    str, Query(alias="format", description="json has an object a line", json_schema_extra={"enum": [NDJSON, *FORMATS]})
]


Kind = Annotated[
    Literal["debtor", "creditor", "all"],
    Query(description="Whose items: what suppliers are owed is no part of what debtors owe"),
]


def _party_kind(kind: str) -> str | None:
    """The kind of party, None for both."""
    return None if kind == "all" else kind


@dataclass(frozen=True, slots=True)
class ChosenCustomers:
    """Which customers: the least that they owe in all, in cents, and in which currency."""

    minimum: Annotated[int, Query(description="Least total per customer, in cents")] = 1
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None
    kind: Kind = "debtor"

    def owing(self, today: date) -> OwingCustomers:
        """As the report asks them, on a day."""
        return OwingCustomers(today, self.minimum, self.currency, _party_kind(self.kind))


async def _objects(rows: AsyncGenerator[asyncpg.Record], table: ReportTable) -> AsyncGenerator[dict[str, Any]]:
    async with aclosing(rows):
        async for row in rows:
            yield {field.name: row[field.name] for field in table.columns}


async def _as_file(
    runtime: Runtime, administration: str, report: ReportTable, name: str, wanted: str
) -> StreamingResponse:
    """The report as CSV, XLSX or lines of JSON."""
    if wanted == NDJSON:
        rows = report_rows(runtime.database, administration, report.query)
        return await stream_ndjson(_objects(rows, report), filename=f"{name}.ndjson")
    form = conventions_of(wanted)
    rows = report_rows(runtime.database, administration, report.query)
    make = csv_file if form.is_csv else xlsx_file
    return await make(Table(name, report.written(form)), rows, form.notation)


def report_router(runtime: Runtime) -> APIRouter:
    """Routes that show and export open items per customer, by age and in totals."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reports"])
    _add_customers(router, runtime)
    _add_ageing(router, runtime)
    _add_totals(router, runtime)
    return router


def _add_customers(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/customers")
    async def customers(
        administration: Administration,
        actor: AnyActor,
        chosen: Annotated[ChosenCustomers, Depends(ChosenCustomers)],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[CustomerView]:
        """Open items per customer, from a minimum total per customer."""
        scope = await scope_of(runtime, actor, administration)
        after = _CUSTOMERS.decode(cursor) or CustomerPlace("", "")
        async with runtime.database.snapshot() as connection:
            rows = await page_of_customers(connection, administration, chosen.owing(scope.today), after, limit + 1)
        return _CUSTOMERS.page(
            rows,
            limit,
            key=lambda row: CustomerPlace(row["party_id"], row["account_currency"]),
            show=shown_as(CustomerView),
        )

    @router.get("/reports/customers/export")
    async def export_customers(
        administration: Administration,
        actor: AnyActor,
        chosen: Annotated[ChosenCustomers, Depends(ChosenCustomers)],
        wanted: Wanted = "csv",
    ) -> StreamingResponse:
        """Open items per customer as a file."""
        scope = await scope_of(runtime, actor, administration)
        table = ReportTable(customers_query(chosen.owing(scope.today)), customer_columns(), "account_currency")
        return await _as_file(runtime, administration, table, "open-items-per-customer", wanted)


def _add_ageing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/ageing")
    async def ageing(administration: Administration, actor: AnyActor, kind: Kind = "debtor") -> tuple[AgeingView, ...]:
        """Open amounts by days overdue, per currency."""
        scope = await scope_of(runtime, actor, administration)
        async with runtime.database.snapshot() as connection:
            rows = await ageing_rows(connection, administration, scope.today, _party_kind(kind))
        return tuple(map(shown_as(AgeingView), rows))

    @router.get("/reports/ageing/export")
    async def export_ageing(
        administration: Administration,
        actor: AnyActor,
        *,
        per_party: Annotated[bool, Query(description="A row per customer")] = False,
        kind: Kind = "debtor",
        wanted: Wanted = "csv",
    ) -> StreamingResponse:
        """Open amounts by days overdue as a file."""
        scope = await scope_of(runtime, actor, administration)
        query = ageing_query(scope.today, _party_kind(kind), per_party=per_party)
        table = ReportTable(query, ageing_columns(per_party=per_party))
        return await _as_file(runtime, administration, table, "ageing", wanted)


def _add_totals(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/totals")
    async def group_totals(
        administration: Administration, by: Grouping = "status", kind: Kind = "debtor"
    ) -> tuple[GroupTotalView, ...]:
        """What is open by status, journal, branch or kind."""
        async with runtime.database.snapshot() as connection:
            rows = await totals_rows(connection, administration, by, _party_kind(kind))
        return tuple(map(shown_as(GroupTotalView), rows))

    @router.get("/reports/totals/export")
    async def export_totals(
        administration: Administration, by: Grouping = "status", kind: Kind = "debtor", wanted: Wanted = "csv"
    ) -> StreamingResponse:
        """The totals as a file."""
        table = ReportTable(totals_query(by, _party_kind(kind)), totals_columns(by))
        return await _as_file(runtime, administration, table, f"totals-by-{by}", wanted)
