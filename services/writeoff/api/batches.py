"""Batches: how far an approved bulk write-off is, and what became of each of its lines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, Json

from chassis.errors import NotFound
from chassis.http import DEFAULT_LIMIT, Administration, Cursor, Keyset, Limit, Page, Told, View, shown_as
from chassis.service import Runtime
from services.writeoff.store import batches as store


class BatchProgress(View):
    """An approved bulk write-off; `outcome` is the items-written-off event, null until every request is answered."""

    batch_id: UUID
    set_id: UUID | None
    employee: str
    begun_at: datetime
    requests: int = Field(description="Requests that the batch consists of")
    requests_received: int
    asks: int = Field(description="Questions to the ledger")
    answers: int = Field(description="Those of them that are answered")
    outcome: Json[Any] | None
    completed_at: datetime | None


class BatchLine(View):
    """One item of a batch and what became of it; amounts in minor units."""

    party_id: str
    request_id: UUID
    item_id: str
    journal: str
    currency: str
    amount: int = Field(description="What was requested")
    written_off: int
    code: str | None = Field(description="Why it was left out, for machines")
    message: Told | None


class LinePage(BaseModel):
    """Which part of a batch's lines is asked for."""

    skipped: bool | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


_BATCHES = Keyset("batches", UUID)
_LINES = Keyset("batch-lines", store.BatchLinePlace)


def batch_router(runtime: Runtime) -> APIRouter:
    """Lists and progress of batches."""
    router = APIRouter()

    @router.get("/batches")
    async def batches(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[BatchProgress]:
        """Bulk write-offs, complete or under way."""
        after = _BATCHES.decode(cursor)
        async with runtime.database.snapshot() as connection:
            rows = await store.list_batches(connection, administration, after, limit + 1)
        return _BATCHES.page(rows, limit, key=lambda row: row["batch_id"], show=shown_as(BatchProgress))

    @router.get("/batches/{batch_id}")
    async def batch(administration: Administration, batch_id: UUID) -> BatchProgress:
        """One bulk write-off: how far it is, then its outcome."""
        async with runtime.database.snapshot() as connection:
            row = await store.find_batch(connection, administration, batch_id)
        if row is None:
            raise NotFound(
                "unknown-batch",
                "No request of batch {batch_id} came yet.",
                batch_id=batch_id,
                field="batch_id",
                remedy="See the list of batches; what was confirmed a moment ago is on its way.",
            )
        return shown_as(BatchProgress)(row)

    _add_line_routes(router, runtime)
    return router


def _add_line_routes(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/batches/{batch_id}/lines")
    async def batch_lines(
        administration: Administration,
        batch_id: UUID,
        page: Annotated[LinePage, Query()],
    ) -> Page[BatchLine]:
        """The items of a batch with what became of each; with `skipped` only those left out, or only the others."""
        after = _LINES.decode(page.cursor) or store.BatchLinePlace("", "")
        async with runtime.database.snapshot() as connection:
            which = store.BatchLines(administration, batch_id, page.skipped)
            rows = await store.list_batch_lines(connection, which, after, page.limit + 1)
        return _LINES.page(
            rows,
            page.limit,
            key=lambda row: store.BatchLinePlace(row["party_id"], row["item_id"]),
            show=shown_as(BatchLine),
        )
