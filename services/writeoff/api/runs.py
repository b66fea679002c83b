"""Runs over many parties: what they would take, and their confirmation; progress and result are at /v1/jobs."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from chassis.database import Connection
from chassis.fingerprints import Fingerprint
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Clerk,
    CommandAnswer,
    IdempotentCommand,
    Keyset,
    Page,
    RequestBody,
    Told,
    View,
    run_command,
)
from chassis.service import Runtime
from contracts.event import Code, EventDate, Note
from read_model.unmatched_credits import UnmatchedCredits
from services.writeoff.domain.books import Books
from services.writeoff.domain.runs import RunKind, WriteOffRun, propose_in_run
from services.writeoff.operations.books import current_books
from services.writeoff.operations.runs import RunPreview, queue_run, summarise
from services.writeoff.store.items import item_of
from services.writeoff.store.runs import DueItemPlace, list_due_items


class RunParameters(BaseModel):
    """What a run is about: the month's last day, or the day on which a conversion is booked and what it takes."""

    date: EventDate
    posted_before: EventDate | None = None
    journal: Annotated[list[Code] | None, Field(max_length=100)] = None


class RunPage(RunParameters):
    """The same, and which part of its items is asked for."""

    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class RunCommand(RequestBody):
    """A run, confirmed with the fingerprint of its summary."""

    date: EventDate
    posted_before: EventDate | None = None
    journal: Annotated[tuple[Code, ...] | None, Field(max_length=100)] = None
    note: Note = ""
    fingerprint: Fingerprint


class RunSum(View):
    """Items of a run in one currency, in minor units."""

    currency: str
    items: int
    amount: int


class JournalSum(RunSum):
    """What would be asked for on one journal."""

    journal: str


class LeftOutSum(RunSum):
    """What would be left out for one reason, with what is open of it."""

    code: str


class RunSummaryView(View):
    """What a run would come to now, by the decisions that it makes itself."""

    kind: str
    date: date
    items: int = Field(description="Asked for; what is left out is not counted here")
    totals: dict[str, int] = Field(description="Asked for, per currency in minor units")
    by_journal: tuple[JournalSum, ...]
    left_out: tuple[LeftOutSum, ...]
    fingerprint: str
    unmatched_credits: UnmatchedCredits = Field(description="Of the parties of whom something is taken: match first")


class RunPart(View):
    """A part of an item on one journal, in minor units."""

    journal: str
    amount: int


class DueItem(View):
    """An item that a run would take, the parts on their journals, or why it would be left out."""

    party_id: str
    item_id: str
    kind: str
    currency: str
    open_amount: int
    item_date: date
    subscription_id: str | None
    period_start: date | None
    period_end: date | None
    rule: str
    parts: list[RunPart]
    code: str
    message: Told


class RunBegun(View):
    """A run that was queued."""

    job_id: UUID


_ITEMS = Keyset("run-items", DueItemPlace)


def run_router(runtime: Runtime) -> APIRouter:
    """Summary, items and confirmation of runs."""
    router = APIRouter()

    @router.get("/runs/{kind}/summary")
    async def summary(
        administration: Administration, kind: RunKind, parameters: Annotated[RunParameters, Query()]
    ) -> RunSummaryView:
        """What the run would come to now, what it would leave out and why; changes nothing."""
        run = _run(administration, kind, parameters)
        async with runtime.database.snapshot() as connection:
            found = await summarise(connection, run)
        return _summary_view(run, found)

    @router.get("/runs/{kind}/items")
    async def items(
        administration: Administration, kind: RunKind, parameters: Annotated[RunPage, Query()]
    ) -> Page[DueItem]:
        """The items that the run would take, with the parts on each journal, or why one would be left out."""
        run = _run(administration, kind, parameters)
        after = _ITEMS.decode(parameters.cursor) or DueItemPlace("", "")
        async with runtime.database.snapshot() as connection:
            books = await current_books(connection, administration)
            rows = await list_due_items(connection, run, books.months_until_cancelled(), after, parameters.limit + 1)
        return _ITEMS.page(
            rows,
            parameters.limit,
            key=lambda row: DueItemPlace(row["party_id"], row["item_id"]),
            show=lambda row: _due_item(run, row, books),
        )

    _add_confirmation(router, runtime)
    return router


def _add_confirmation(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/runs/{kind}", status_code=202, response_model=RunBegun)
    async def begin(
        administration: Administration, kind: RunKind, body: RunCommand, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Begin a run; it can be repeated, and takes nothing twice."""
        run = WriteOffRun(
            administration=administration,
            kind=kind,
            date=body.date,
            posted_before=body.posted_before,
            journals=body.journal,
            note=body.note,
        )

        async def operation(connection: Connection) -> CommandAnswer:
            job_id = await queue_run(connection, run, actor.employee, body.fingerprint)
            return CommandAnswer(body=RunBegun(job_id=job_id), status=202, location=f"/v1/jobs/{job_id}")

        answer = await run_command(runtime.database, command, operation)
        runtime.jobs.added.set()
        return answer


def _run(administration: str, kind: RunKind, parameters: RunParameters) -> WriteOffRun:
    return WriteOffRun(
        administration=administration,
        kind=kind,
        date=parameters.date,
        posted_before=parameters.posted_before,
        journals=None if parameters.journal is None else tuple(parameters.journal),
    )


def _summary_view(run: WriteOffRun, found: RunPreview) -> RunSummaryView:
    totals = found.totals
    return RunSummaryView(
        kind=run.kind,
        date=run.date,
        items=totals.items,
        totals=totals.totals,
        by_journal=tuple(
            JournalSum(journal=journal, currency=currency, items=total.items, amount=total.amount)
            for (journal, currency), total in sorted(totals.by_journal.items())
        ),
        left_out=tuple(
            LeftOutSum(code=code, currency=currency, items=total.items, amount=total.amount)
            for (code, currency), total in sorted(totals.left_out.items())
        ),
        fingerprint=found.fingerprint,
        unmatched_credits=found.unmatched,
    )


def _due_item(run: WriteOffRun, row: asyncpg.Record, books: Books) -> DueItem:
    proposal = propose_in_run(run, item_of(row), books, is_asked=row["is_asked"], is_taken=row["is_taken"])
    facts = {name: row[name] for name in DueItem.model_fields if name in row}
    parts = [RunPart(journal=line.journal, amount=line.amount) for line in proposal.lines]
    code = "ready" if proposal.lines else proposal.code
    return DueItem.model_validate(
        facts | {"rule": proposal.rule, "parts": parts, "code": code, "message": proposal.message}
    )
