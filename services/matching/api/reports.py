"""Reports: what was open on any day, how old it is, what was booked; as CSV or NDJSON, of any size."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from chassis.http import RFC_4180, SPREADSHEET, AnyActor, Keyset, Page, in_administration, stream_csv, stream_ndjson
from chassis.service import Runtime
from contracts.money import to_decimal
from services.matching.api.places import Paging
from services.matching.api.views import View
from services.matching.domain.ageing import bucket_names, check_buckets
from services.matching.store import reports as store
from services.matching.store import revaluations

PAGE_ROWS = 1_000
MONEY = {
    "amount",
    "open_amount",
    "contra_amount",
    "charges_settled",
    "credits_settled",
    "open_base_amount",
    "revalued_amount",
    "difference",
}
"""Columns that are whole minor units, and decimals in a CSV."""

Format = Literal["csv", "spreadsheet", "ndjson"]
Rows = AsyncGenerator[dict[str, Any], None]


@dataclass(frozen=True, slots=True)
class Parties:
    """A range of parties, open where a bound is missing."""

    party_from: Annotated[str | None, Query(max_length=64)] = None
    party_to: Annotated[str | None, Query(max_length=64)] = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How age is counted: from which date, and on which days the buckets begin."""

    basis: Literal["due-date", "item-date"] = "due-date"
    buckets: Annotated[str, Query(pattern=r"^-?\d{1,4}(,-?\d{1,4}){0,19}$")] = "1,31,61,91"


@dataclass(frozen=True, slots=True)
class JournalWish:
    """Which clearing entries."""

    fiscal_year: int
    period: int | None = None
    journal: str | None = None


class Revaluation(View):
    """An unrealised exchange difference of a party, or what the next day takes back of it."""

    party_id: str
    currency: str
    is_reversal: bool
    booked_on: date
    fiscal_year: int
    period: int
    journal: str
    open_amount: int
    open_base_amount: int
    revalued_amount: int
    difference: int
    gl_account: str | None
    employee: str


class RevaluationPlace(NamedTuple):
    """Where a list of adjustments goes on."""

    party_id: str
    currency: str
    is_reversal: bool


_REVALUATIONS = Keyset("revaluations", RevaluationPlace)

OPEN_COLUMNS = (
    "party_id", "item_id", "kind", "journal", "voucher", "item_date", "due_date", "currency", "amount", "open_amount",
)  # fmt: skip
AGEING_COLUMNS = ("party_id", "currency", "bucket", "items", "open_amount")
JOURNAL_COLUMNS = (
    "party_id", "sequence", "match_id", "match_date", "journal", "fiscal_year", "period", "method", "currency",
    "lines", "charges_settled", "credits_settled", "contra_kind", "contra_amount", "contra_journal",
    "contra_gl_account", "exchange_difference", "exchange_gl_account", "reversal_of", "reason", "employee",
    "recorded_at", "run_id", "request_id",
)  # fmt: skip


def report_router(runtime: Runtime) -> APIRouter:
    """Routes that stream reports."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/open-items")
    async def open_items(
        administration: str,
        actor: AnyActor,
        as_of: date,
        parties: Annotated[Parties, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """What was open of each party at the end of a day, recomputed from postings and matches."""
        in_administration(actor, administration)

        async def rows() -> Rows:
            async with runtime.database.snapshot() as connection:
                chunks = store.party_chunks(connection, administration, parties.party_from, parties.party_to)
                async for chunk in chunks:
                    for row in await store.open_items_as_of(connection, administration, chunk, as_of):
                        yield dict(row)

        return await _stream(OPEN_COLUMNS, rows(), form, f"open-items-{as_of}")

    _add_ageing(router, runtime)
    _add_journal(router, runtime)
    _add_revaluations(router, runtime)
    return router


def _add_ageing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/ageing/{as_of}")
    async def ageing(
        administration: str,
        as_of: date,
        actor: AnyActor,
        scale: Annotated[Scale, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """What was open at the end of a day by age, per party and currency; buckets begin on the given days."""
        in_administration(actor, administration)
        days = check_buckets([int(text) for text in scale.buckets.split(",")])
        names = bucket_names(days)

        async def rows() -> Rows:
            async with runtime.database.snapshot() as connection:
                async for chunk in store.party_chunks(connection, administration):
                    found = await store.ageing(connection, administration, chunk, as_of, (scale.basis, days))
                    for row in found:
                        yield {**dict(row), "bucket": names[row["bucket"]]}

        return await _stream(AGEING_COLUMNS, rows(), form, f"ageing-{as_of}")


def _add_journal(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/clearing-journal")
    async def journal(
        administration: str,
        actor: AnyActor,
        wish: Annotated[JournalWish, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """The clearing entries of a fiscal year, of one period or journal if named."""
        in_administration(actor, administration)

        async def rows() -> Rows:
            where = (wish.fiscal_year, wish.period, wish.journal)
            place = ("", 0)
            async with runtime.database.snapshot() as connection:
                while found := await store.clearing_journal(connection, administration, where, (*place, PAGE_ROWS)):
                    place = (found[-1]["party_id"], found[-1]["sequence"])
                    for row in found:
                        yield dict(row)

        return await _stream(JOURNAL_COLUMNS, rows(), form, f"clearing-journal-{wish.fiscal_year}")


def _add_revaluations(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/revaluations/{run_id}")
    async def adjustments(administration: str, run_id: UUID, actor: AnyActor, paging: Paging) -> Page[Revaluation]:
        """The unrealised exchange differences of a run, each with what the next day takes back."""
        in_administration(actor, administration)
        place = _REVALUATIONS.decode(paging.cursor) or RevaluationPlace("", "", is_reversal=False)
        async with runtime.database.snapshot() as connection:
            rows = await revaluations.list_revaluations(connection, administration, run_id, place, paging.limit + 1)
        return _REVALUATIONS.page(
            rows, paging.limit, key=_place, show=lambda row: Revaluation.model_validate(dict(row))
        )


def _place(row: asyncpg.Record) -> RevaluationPlace:
    return RevaluationPlace(row["party_id"], row["currency"], row["is_reversal"])


async def _stream(columns: Sequence[str], rows: Rows, form: Format, name: str) -> StreamingResponse:
    if form == "ndjson":
        return await stream_ndjson(rows, filename=f"{name}.ndjson")
    profile = SPREADSHEET if form == "spreadsheet" else RFC_4180
    point = "," if form == "spreadsheet" else "."

    async def lines() -> AsyncGenerator[list[str | int | None], None]:
        async for row in rows:
            yield [_cell(column, row, point) for column in columns]

    return await stream_csv(columns, lines(), filename=f"{name}.csv", profile=profile)


def _cell(column: str, row: dict[str, Any], point: str) -> str | int | None:
    value = row[column]
    if value is None or (isinstance(value, int) and column not in MONEY):
        return value
    if column in MONEY:
        return str(to_decimal(value, row["currency"])).replace(".", point)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
