"""Write-offs line by line, and one entry with its sides and its cause: the drill-down of the overviews."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import DEFAULT_LIMIT, Administration, Keyset, Page, Table, View, as_file, shown_as
from chassis.queries import load_queries
from chassis.service import Runtime
from contracts.event import EventDate
from services.writeoff.api.overviews import FIRST_DAY, WriteOffFilter, check_order, columns_of
from services.writeoff.store.requests import QUERIES

FILE_CHUNK_ROWS = 1_000


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


class _LineKey(NamedTuple):
    day: date
    party_id: str
    match_id: UUID
    position: int


_LINES = Keyset("write-off-lines", _LineKey)
_FIRST = _LineKey(FIRST_DAY, "", UUID(int=0), -1)
LINES = Table("write-off-lines", columns_of(WriteOffLine, "amount"))


def add_entry_routes(router: APIRouter, runtime: Runtime) -> None:
    """Lines and entries."""
    queries = load_queries(QUERIES)

    @router.get("/write-offs", response_model=Page[WriteOffLine])
    async def lines(administration: Administration, wanted: Annotated[WriteOffPage, Query()]) -> Any:
        """Write-offs item by item, oldest first; as a file all of them, else page by page."""
        check_order(wanted)
        if wanted.format != "json":
            return await as_file(LINES, _all_lines(runtime, administration, wanted), wanted.format)
        after = _LINES.decode(wanted.cursor) or _FIRST
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(
                queries.list_write_offs, *_arguments(administration, wanted), *after, wanted.limit + 1
            )
        return _LINES.page(rows, wanted.limit, key=_key_of, show=shown_as(WriteOffLine))

    @router.get("/write-offs/{match_id}")
    async def entry(administration: Administration, match_id: UUID) -> EntryView:
        """One entry with its sides."""
        async with runtime.database.snapshot() as connection:
            row = await connection.fetchrow(queries.get_entry, administration, match_id)
            if row is None:
                raise NotFound(
                    "unknown-write-off", "No write-off has the match {match_id}.", match_id=match_id, field="match_id"
                )
            sides = await connection.fetch(queries.entry_lines, administration, row["party_id"], match_id)
        return EntryView.model_validate({**dict(row), "sides": [dict(side) for side in sides]})


def _arguments(administration: str, wanted: WriteOffFilter) -> tuple[Any, ...]:
    return (administration, wanted.date_from, wanted.date_to, *wanted.arguments)


def _key_of(row: asyncpg.Record) -> _LineKey:
    return _LineKey(row["date"], row["party_id"], row["match_id"], row["position"])


async def _all_lines(runtime: Runtime, administration: str, wanted: WriteOffFilter) -> AsyncGenerator[asyncpg.Record]:
    """Every line, read in one snapshot, a chunk at a time."""
    after = _FIRST
    async with runtime.database.snapshot() as connection:
        while True:
            rows = await connection.fetch(
                load_queries(QUERIES).list_write_offs,
                *_arguments(administration, wanted),
                *after,
                FILE_CHUNK_ROWS,
            )
            for row in rows:
                yield row
            if len(rows) < FILE_CHUNK_ROWS:
                return
            after = _key_of(rows[-1])
