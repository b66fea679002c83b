"""Write-offs line by line, and one entry with its sides and its cause: the drill-down of the overviews."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import DEFAULT_LIMIT, Administration, Keyset, Page, Table, View, as_file, shown_as
from chassis.service import Runtime
from contracts.event import EventDate
from services.writeoff.api.overviews import WriteOffFilter, check_order, columns_of
from services.writeoff.store import overviews as store
from services.writeoff.store.entries import find_entry, list_sides
from services.writeoff.store.overviews import WhichWriteOffs
from services.writeoff.store.periods import FIRST_SIDE, SidePlace, place_of


class WriteOffLine(View):
    """One item of an entry. `amount` is positive for what was waived, negative for what was taken back."""

    date: date
    party_id: str
    match_id: UUID
    position: int
    journal: str
    fiscal_year: int
    period: int
    origin: str
    rule: str | None
    cause_topic: str | None
    cause_key: str | None
    reversal_of: UUID | None
    request_id: UUID | None
    item_id: str
    kind: str | None
    branch: str | None
    currency: str
    amount: int
    employee: str
    approved_by: str | None
    note: str
    matched_on: EventDate | None = Field(description="The ledger's date, where its period was sealed by then")
    recorded_at: datetime


class EntrySide(View):
    """One side of an entry; debits are positive."""

    position: int
    item_id: str | None
    kind: str | None
    branch: str | None
    gl_account: str | None
    amount: int
    base_amount: int | None


class EntryView(View):
    """A balanced entry on an A-journal, with what caused it and what took it back."""

    match_id: UUID
    party_id: str
    reversal_of: UUID | None
    reversed_by: UUID | None
    request_id: UUID | None
    origin: str
    rule: str | None
    cause_topic: str | None
    cause_key: str | None
    journal: str
    date: date
    fiscal_year: int
    period: int
    currency: str
    amount: int
    employee: str
    approved_by: str | None
    note: str
    matched_on: EventDate | None = Field(description="The ledger's date, where its period was sealed by then")
    recorded_at: datetime
    sides: list[EntrySide]


class WriteOffPage(WriteOffFilter):
    """Which write-offs, and which part of them; a file holds all of them."""

    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


_LINES = Keyset("write-off-lines", SidePlace)
LINES = Table("write-off-lines", columns_of(WriteOffLine, "amount"))


def entry_router(runtime: Runtime) -> APIRouter:
    """Routes that show write-offs line by line, and one entry whole."""
    router = APIRouter()

    @router.get("/write-offs", response_model=Page[WriteOffLine])
    async def lines(administration: Administration, wanted: Annotated[WriteOffPage, Query()]) -> Any:
        """Write-offs item by item, oldest first; as a file all of them, else page by page."""
        check_order(wanted)
        which = wanted.which(administration)
        if wanted.format != "json":
            return await as_file(LINES, _all_lines(runtime, which), wanted.format)
        after = _LINES.decode(wanted.cursor) or FIRST_SIDE
        async with runtime.database.snapshot() as connection:
            rows = await store.list_write_offs(connection, which, after, wanted.limit + 1)
        return _LINES.page(rows, wanted.limit, key=place_of, show=shown_as(WriteOffLine))

    @router.get("/write-offs/{match_id}")
    async def entry(administration: Administration, match_id: UUID) -> EntryView:
        """One entry with its sides."""
        async with runtime.database.snapshot() as connection:
            row = await find_entry(connection, administration, match_id)
            if row is None:
                raise NotFound(
                    "unknown-write-off",
                    "No write-off has the match {match_id}.",
                    match_id=match_id,
                    field="match_id",
                    remedy="See the write-offs item by item.",
                )
            sides = await list_sides(connection, (administration, row["party_id"], match_id))
        return EntryView.model_validate({**dict(row), "sides": [dict(side) for side in sides]})

    return router


async def _all_lines(runtime: Runtime, which: WhichWriteOffs) -> AsyncGenerator[asyncpg.Record]:
    """Every line, read in one snapshot."""
    async with runtime.database.snapshot() as connection:
        async for row in store.each_write_off(connection, which):
            yield row
