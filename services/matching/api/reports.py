"""Reports: what was open on any day, how old it is, what was booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from chassis.database import Connection
from chassis.http import Administration
from chassis.service import Runtime
from services.matching.api.streams import PAGE_ROWS, Format, Parties, Rows, party_rows, stream
from services.matching.domain.ageing import bucket_names, check_buckets
from services.matching.store import reports as store


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
        administration: Administration,
        as_of: date,
        parties: Annotated[Parties, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """What was open of each party at the end of a day, recomputed from postings and matches."""

        async def read(connection: Connection, chunk: list[str]) -> Rows:
            for row in await store.open_items_as_of(connection, administration, chunk, as_of):
                yield dict(row)

        rows = party_rows(runtime, administration, parties, read)
        return await stream(OPEN_COLUMNS, rows, form, f"open-items-{as_of}")

    _add_ageing(router, runtime)
    _add_journal(router, runtime)
    return router


def _add_ageing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/ageing/{as_of}")
    async def ageing(
        administration: Administration,
        as_of: date,
        scale: Annotated[Scale, Depends()],
        parties: Annotated[Parties, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """What was open at the end of a day by age, per party and currency; buckets begin on the given days."""
        days = check_buckets([int(text) for text in scale.buckets.split(",")])
        names = bucket_names(days)

        async def read(connection: Connection, chunk: list[str]) -> Rows:
            for row in await store.ageing(connection, administration, chunk, as_of, (scale.basis, days)):
                yield {**dict(row), "bucket": names[row["bucket"]]}

        rows = party_rows(runtime, administration, parties, read)
        return await stream(AGEING_COLUMNS, rows, form, f"ageing-{as_of}")


def _add_journal(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/clearing-journal")
    async def journal(
        administration: Administration,
        wish: Annotated[JournalWish, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """The clearing entries of a fiscal year, of one period or journal if named."""

        async def rows() -> Rows:
            where = (wish.fiscal_year, wish.period, wish.journal)
            place = ("", 0)
            async with runtime.database.snapshot() as connection:
                while found := await store.clearing_journal(connection, administration, where, (*place, PAGE_ROWS)):
                    place = (found[-1]["party_id"], found[-1]["sequence"])
                    for row in found:
                        yield dict(row)

        return await stream(JOURNAL_COLUMNS, rows(), form, f"clearing-journal-{wish.fiscal_year}")
