"""Periods: the export for the general ledger, the check, and the seal."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from chassis.database import Connection
from chassis.fingerprints import Fingerprint
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Approver,
    CommandAnswer,
    IdempotentCommand,
    Keyset,
    Page,
    RequestBody,
    Table,
    View,
    as_file,
    run_command,
    shown_as,
    whole,
)
from chassis.service import Runtime
from contracts.event import EventDate
from services.writeoff.api.overviews import Shape, columns_of
from services.writeoff.operations.periods import check_links, check_period, seal_period
from services.writeoff.store import periods as store
from services.writeoff.store.periods import FIRST_SIDE, PeriodKey, SidePlace, place_of

Year = Annotated[int, Path(ge=1900, le=2999)]
Period = Annotated[int, Path(ge=1, le=99)]


class PeriodView(View):
    """A fiscal period: open in the configuration or not, sealed here or not, with its number of entries."""

    fiscal_year: int
    period: int
    start: date
    end: date
    is_open: bool
    sealed_at: datetime | None
    sealed_by: str | None
    entries: int


class PeriodCheckView(View):
    """Whether a period may be sealed; the fingerprint stands for its entries."""

    fiscal_year: int
    period: int
    entries: int
    totals: list[dict[str, Any]] = Field(description="Entries and minor units per journal and currency")
    problems: list[str]
    fingerprint: str


class SealCommand(RequestBody):
    """Seal a period whose entries are those that the check showed."""

    fingerprint: Fingerprint


class Sealed(View):
    """That a period is sealed now, and since when."""

    fiscal_year: int
    period: int
    sealed_at: datetime


class LedgerLine(View):
    """One side of an entry for the general ledger; debit and credit in minor units, one of them zero."""

    date: date
    party_id: str
    match_id: UUID = Field(description="The entry: its sides add up to zero per currency")
    position: int = Field(description="0 is the write-off journal's side, the others are the debtor's")
    fiscal_year: int
    period: int
    journal: str
    gl_account: str | None
    currency: str
    debit: int
    credit: int
    base_currency: str
    base_amount: int | None = Field(description="In the base currency, debits positive; null where no rate was posted")
    item_id: str | None
    kind: str | None
    branch: str | None
    rule: str | None
    reversal_of: UUID | None
    matched_on: EventDate | None = Field(description="The ledger's date, where its period was sealed by then")
    employee: str
    note: str
    approved_by: str | None


class LedgerPage(BaseModel):
    """Which part of the lines is asked for; a file holds all of them."""

    format: Shape = "json"
    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


_LINES = Keyset("ledger-lines", SidePlace)
LEDGER = Table("general-ledger", columns_of(LedgerLine, "debit", "credit", base_amounts=("base_amount",)))


def _period_key(administration: Administration, year: Year, period: Period) -> PeriodKey:
    return PeriodKey(administration, year, period)


def period_router(runtime: Runtime) -> APIRouter:
    """Routes that list periods, export their entries, check and seal them."""
    router = APIRouter()

    @router.get("/periods")
    async def periods(administration: Administration) -> Page[PeriodView]:
        """The fiscal periods with what is booked in them."""
        async with runtime.database.snapshot() as connection:
            rows = await store.list_periods(connection, administration)
        return whole(map(shown_as(PeriodView), rows))

    @router.get("/periods/{year}/{period}/ledger", response_model=Page[LedgerLine])
    async def ledger(
        administration: Administration,
        year: Year,
        period: Period,
        wanted: Annotated[LedgerPage, Query()],
    ) -> Any:
        """The entries of a period for the general ledger; refused while an account is not linked."""
        key = PeriodKey(administration, year, period)
        async with runtime.database.snapshot() as connection:
            await check_links(connection, key)
            if wanted.format == "json":
                after = _LINES.decode(wanted.cursor) or FIRST_SIDE
                rows = await store.list_ledger_lines(connection, key, after, wanted.limit + 1)
                return _LINES.page(rows, wanted.limit, key=place_of, show=shown_as(LedgerLine))
        return await as_file(LEDGER, _all_lines(runtime, key), wanted.format)

    _add_sealing(router, runtime)
    return router


def _add_sealing(router: APIRouter, runtime: Runtime) -> None:
    async def behind() -> int:
        return sum((await runtime.subscriber.group_lag()).values())

    @router.get("/periods/{year}/{period}/check")
    async def check(administration: Administration, year: Year, period: Period) -> PeriodCheckView:
        """What keeps a period from being sealed, if anything."""
        key = PeriodKey(administration, year, period)
        events_behind = await behind()
        async with runtime.database.snapshot() as connection:
            found = await check_period(connection, key, events_behind)
        return PeriodCheckView(
            fiscal_year=year,
            period=period,
            entries=found.entries,
            totals=found.totals,
            problems=list(found.problems),
            fingerprint=found.digest,
        )

    @router.post("/periods/{year}/{period}/seal", response_model=Sealed)
    async def seal(
        key: Annotated[PeriodKey, Depends(_period_key)],
        body: SealCommand,
        actor: Approver,
        command: IdempotentCommand,
    ) -> Response:
        """Seal a period for good."""
        events_behind = await behind()

        async def operation(connection: Connection) -> CommandAnswer:
            sealed_at = await seal_period(
                connection, key, actor.employee, digest=body.fingerprint, events_behind=events_behind
            )
            return CommandAnswer(body=Sealed(fiscal_year=key.year, period=key.period, sealed_at=sealed_at))

        return await run_command(runtime.database, command, operation)


async def _all_lines(runtime: Runtime, key: PeriodKey) -> AsyncGenerator[asyncpg.Record]:
    async with runtime.database.snapshot() as connection:
        async for row in store.each_ledger_line(connection, key):
            yield row
