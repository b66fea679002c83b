"""Routes of the control list; none of them changes anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

import asyncpg
from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from chassis.http import (
    DEFAULT_LIMIT,
    RFC_4180,
    SPREADSHEET,
    Administration,
    Cursor,
    Keyset,
    Limit,
    Page,
    stream_csv,
    stream_ndjson,
)
from chassis.service import Runtime
from contracts.money import to_decimal
from services.reminders.api.views import ExplainBody, ExplanationView, ItemId, ListBody, ListedItem, ListView, PartyId
from services.reminders.domain.criteria import ListForm, ListRequest
from services.reminders.domain.members import MemberKey
from services.reminders.operations import control_list
from services.reminders.store.lists import ListKey, Shape, Show, plan_for_values, stream_list

_LIST = Keyset("control-list", ListKey)
ExportFormat = Literal["csv", "spreadsheet", "ndjson"]
Side = Annotated[Show, Query(description="What is on the list, what is not (with the reason), or both")]
COLUMNS = (
    "group",
    "party_id",
    "party_name",
    "item_id",
    "kind",
    "journal",
    "voucher",
    "item_date",
    "due_on",
    "age_days",
    "currency",
    "amount",
    "open_amount",
    "level",
    "reminded_on",
    "documents",
    "reason",
    "message",
)


def list_router(runtime: Runtime) -> APIRouter:
    """Routes of the control list: counted, shown, explained, exported."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.post("/control-list")
    async def summarise(administration: Administration, body: ListBody) -> ListView:
        """How many items of how many debtors would be reminded, and how many would not, and why."""
        async with runtime.database.snapshot() as connection:
            return ListView.of(await control_list.summarise_list(connection, administration, body.request()))

    @router.post("/control-list/items")
    async def items(
        administration: Administration,
        body: ListBody,
        show: Side = "listed",
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ListedItem]:
        """The items, in the order of the report; a page may be short although the list goes on."""
        control_list.require_control_list(body.request())
        after = _LIST.decode(cursor)
        async with runtime.database.snapshot() as connection:
            scope = await control_list.read_scope(connection, administration, body.request())
            shape = Shape(show, body.report)
            rows, next_key = await control_list.page_of_list(connection, scope, shape, after, limit)
        following = _LIST.encode(next_key) if next_key else None
        return Page(items=tuple(ListedItem.of(row) for row in rows), next=following)

    @router.post("/control-list/explanation")
    async def explanation(administration: Administration, body: ExplainBody) -> ExplanationView:
        """Why one item is, or is not, on the list."""
        async with runtime.database.snapshot() as connection:
            return ExplanationView.of(
                await control_list.explain(connection, administration, body.member(), body.request())
            )

    @router.get("/parties/{party_id}/items/{item_id}")
    async def explained(
        administration: Administration, party_id: PartyId, item_id: ItemId, on: date | None = None
    ) -> ExplanationView:
        """Why an item is, or is not, on the control list of a day (today, if none is named) without criteria."""
        request = ListRequest(generation_date=on or datetime.now(UTC).date())
        async with runtime.database.snapshot() as connection:
            return ExplanationView.of(
                await control_list.explain(connection, administration, MemberKey(party_id, item_id), request)
            )

    _add_export(router, runtime)
    return router


def _add_export(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/control-list/export")
    async def export(
        administration: Administration,
        request: Annotated[str, Query(max_length=60_000, description="The body of POST /control-list, as JSON")],
        show: Side = "listed",
        as_format: Annotated[ExportFormat, Query(alias="format")] = "csv",
    ) -> StreamingResponse:
        """The whole list as a file: CSV (RFC 4180, or as spreadsheets in NL, BE and DK open it) or NDJSON."""
        form = control_list.read_form(request)
        control_list.require_control_list(form.request())
        rows = _rows(runtime, administration, form, show)
        if as_format == "ndjson":
            return await stream_ndjson((ListedItem.of(row) async for row in rows), filename="control-list.ndjson")
        profile = SPREADSHEET if as_format == "spreadsheet" else RFC_4180
        cells = (_cells(ListedItem.of(row), decimal_comma=as_format == "spreadsheet") async for row in rows)
        return await stream_csv(COLUMNS, cells, profile=profile, filename="control-list.csv")


async def _rows(runtime: Runtime, administration: str, form: ListForm, show: Show) -> AsyncGenerator[asyncpg.Record]:
    async with runtime.database.snapshot() as connection:
        await plan_for_values(connection)
        scope = await control_list.read_scope(connection, administration, form.request())
        async for row in stream_list(connection, scope, Shape(show, form.report)):
            yield row


def _cells(item: ListedItem, *, decimal_comma: bool) -> list[str | int | None]:
    fields = item.model_dump(mode="json")
    fields["documents"] = " ".join(document.uri or document.name for document in item.documents)
    for name in ("amount", "open_amount"):
        fields[name] = Figure(fields[name], item.currency, "," if decimal_comma else ".")
    return [fields[name] for name in COLUMNS]


class Figure(int):
    """Minor units that are written as a decimal number; being a number, it is no text that might be a formula."""

    currency: str
    mark: str

    def __new__(cls, amount: int, currency: str, mark: str) -> Self:
        """Make it of minor units, the currency and the decimal mark."""
        figure = super().__new__(cls, amount)
        figure.currency, figure.mark = currency, mark
        return figure

    def __str__(self) -> str:
        return str(to_decimal(int(self), self.currency)).replace(".", self.mark)
