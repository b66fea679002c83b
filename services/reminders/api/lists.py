"""Routes of the control list; none of them changes anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Column,
    Cursor,
    FileFormat,
    Keyset,
    Limit,
    Page,
    Table,
    as_file,
    stream_ndjson,
    told,
)
from chassis.service import Runtime
from read_model.today import today_in
from services.reminders.api.views import (
    ExplainBody,
    ItemId,
    ListBody,
    ListedItem,
    ListExplanationView,
    ListView,
    PartyId,
)
from services.reminders.domain.criteria import ListForm, ListRequest
from services.reminders.domain.members import DebtorItem
from services.reminders.operations import control_list
from services.reminders.store.lists import ListKey, Shape, Show, plan_for_values, stream_list

_LIST = Keyset("control-list", ListKey)
Side = Annotated[Show, Query(description="What is on the list, what is not (with the reason), or both")]
Elsewhere = Annotated[
    bool, Query(description="Also what is left out because its debtor is not one that the criteria name")
]
LISTED = Table(
    "control-list",
    (
        Column("group"),
        Column("party_id"),
        Column("party_name"),
        Column("item_id"),
        Column("kind"),
        Column("journal"),
        Column("voucher"),
        Column("item_date"),
        Column("due_on"),
        Column("age_days"),
        Column("currency"),
        Column("amount", currency_in="currency"),
        Column("open_amount", currency_in="currency"),
        Column("level"),
        Column("reminded_on"),
        Column("party_reminded_on"),
        Column("documents"),
        Column("reason"),
        Column("message"),
    ),
)
"""The list as a file; documents are named by where they are, or else by their names."""


def list_router(runtime: Runtime) -> APIRouter:
    """Routes of the control list: counted, shown, explained, exported."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.post("/control-list")
    async def summarise(administration: Administration, body: ListBody) -> ListView:
        """How many items of how many debtors would be reminded, and how many would not, and why."""
        async with runtime.database.snapshot() as connection:
            summary = await control_list.summarise_list(connection, administration, body.request())
            unmatched = await control_list.unmatched_of_list(connection, administration, body.request())
        return ListView.of(summary, unmatched)

    @router.post("/control-list/items")
    async def items(
        administration: Administration,
        body: ListBody,
        show: Side = "listed",
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        *,
        elsewhere: Elsewhere = True,
    ) -> Page[ListedItem]:
        """The items, in the order of the report; a page may be short although the list goes on."""
        control_list.require_control_list(body.request())
        after = _LIST.decode(cursor)
        async with runtime.database.snapshot() as connection:
            scope = await control_list.read_scope(connection, administration, body.request(), elsewhere=elsewhere)
            shape = Shape(show, body.report)
            rows, next_key = await control_list.page_of_list(connection, scope, shape, after, limit)
        following = _LIST.encode(next_key) if next_key else None
        return Page(items=tuple(ListedItem.of(row) for row in rows), next=following)

    @router.post("/control-list/explanation")
    async def explanation(administration: Administration, body: ExplainBody) -> ListExplanationView:
        """Why one item is, or is not, on the list."""
        async with runtime.database.snapshot() as connection:
            return ListExplanationView.of(
                await control_list.explain(connection, administration, body.member(), body.request())
            )

    @router.get("/parties/{party_id}/items/{item_id}")
    async def explained(
        administration: Administration, party_id: PartyId, item_id: ItemId, on: date | None = None
    ) -> ListExplanationView:
        """Why an item is, or is not, on the control list of a day (today, if none is named) without criteria."""
        async with runtime.database.snapshot() as connection:
            request = ListRequest(generation_date=on or await today_in(connection, administration))
            return ListExplanationView.of(
                await control_list.explain(connection, administration, DebtorItem(party_id, item_id), request)
            )

    _add_export(router, runtime)
    return router


def _add_export(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/control-list/export")
    async def export(
        administration: Administration,
        request: Annotated[str, Query(max_length=60_000, description="The body of POST /control-list, as JSON")],
        show: Side = "listed",
        wanted: Annotated[FileFormat, Query(alias="format")] = "csv",
        *,
        elsewhere: Elsewhere = True,
    ) -> StreamingResponse:
        """The whole list as a file: CSV (RFC 4180, or as spreadsheets in NL, BE and DK open it), XLSX or NDJSON."""
        form = control_list.read_form(request)
        control_list.require_control_list(form.request())
        rows = _rows(runtime, administration, form, show, elsewhere=elsewhere)
        if wanted == "ndjson":
            return await stream_ndjson((ListedItem.of(row) async for row in rows), filename="control-list.ndjson")
        return await as_file(LISTED, (_flat(ListedItem.of(row)) async for row in rows), wanted)


async def _rows(
    runtime: Runtime, administration: str, form: ListForm, show: Show, *, elsewhere: bool
) -> AsyncGenerator[asyncpg.Record]:
    async with runtime.database.snapshot() as connection:
        await plan_for_values(connection)
        scope = await control_list.read_scope(connection, administration, form.request(), elsewhere=elsewhere)
        async for row in stream_list(connection, scope, Shape(show, form.report)):
            yield row


def _flat(item: ListedItem) -> dict[str, Any]:
    """An item as a row of a file."""
    documents = [document.uri or document.name for document in item.documents]
    message = told(item.message) if item.message else None
    return {**dict(item), "documents": documents, "message": message}
