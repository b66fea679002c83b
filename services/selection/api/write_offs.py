"""The write-off of a fixed set, in two confirmations, and how far it is."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.fingerprints import Fingerprint
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    AnyActor,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    RequestBody,
    ToldReason,
    View,
    run_command,
    shown_as,
)
from chassis.service import Runtime
from contracts.event import Code, EventDate, Note, Total
from contracts.writeoff import ItemsWrittenOff
from read_model.unmatched_credits import UnmatchedCredits
from services.selection.api.views import CurrencyTotalView, scope_of, totals_view
from services.selection.operations.write_offs import (
    WriteOffApproval,
    WriteOffOrder,
    confirm_writeoff,
    request_writeoff,
)
from services.selection.store.publication import PublicationProgress, progress_of_batch
from services.selection.store.sets import get_set
from services.selection.store.write_offs import (
    BatchItemPlace,
    BatchPlace,
    WriteOffBatch,
    batch_of,
    get_batch,
    page_of_batches,
    page_of_changes,
    page_of_left_out,
    unmatched_of_set,
)


class FirstConfirmation(RequestBody):
    """What to write off the set on; without a journal, the bulk journal."""

    journal: Code | None = None
    date: EventDate | None = None
    note: Note = ""
    changed: Annotated[
        Literal["leave-out", "refuse"], Field(description="What to do when items changed since the set was fixed")
    ] = "leave-out"


class SecondConfirmation(RequestBody):
    """Repeats what the first confirmation answered."""

    items: Annotated[int, Field(ge=1)]
    totals: tuple[Total, ...]
    fingerprint: Fingerprint


class ProgressView(View):
    """How far the write-off is, in items."""

    published: int
    written_off: int = Field(description="What the ledger told so far")
    skipped: int


class LeftOutTotalView(View):
    """What is left out of a write-off for one reason, in one currency, as the fixed set has it."""

    code: str
    currency: str
    items: int
    amount: int


class WriteOffView(View):
    """A write-off of a fixed set."""

    batch_id: UUID
    set_id: UUID
    journal: str
    date: date
    note: str
    changed: str
    four_eyes: bool = Field(description="Whether another employee, an approver, gives the second confirmation")
    items: int
    parties: int
    totals: tuple[CurrencyTotalView, ...]
    left_out: dict[str, int] = Field(description="Items of the set that are not requested, by reason")
    left_out_totals: tuple[LeftOutTotalView, ...] = Field(
        description="The same by currency: with `totals` they are the totals of the fixed set"
    )
    fingerprint: str
    state: str = Field(description="unconfirmed, publishing, stopped, published or done")
    failure: ToldReason | None = Field(
        description="Why publishing stopped; the same second confirmation, given again, lets it go on"
    )
    unmatched_credits: UnmatchedCredits | None = Field(
        default=None,
        description="Of the set's parties, as the first confirmation tells: match first",
    )
    requested_by: str
    requested_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    finished_at: datetime | None
    progress: ProgressView | None = None
    summary: ItemsWrittenOff | None = Field(default=None, description="The outcome, when the last party has answered")


class LeftOutItemView(View):
    """An item of the set that is not requested, and why."""

    party_id: str
    item_id: str
    currency: str
    code: str
    approved_amount: int
    open_amount: int


class ChangeView(View):
    """A member whose item has another open amount now."""

    party_id: str
    item_id: str
    currency: str
    approved_amount: int
    open_amount: int


_BATCHES = Keyset("writeoffs", BatchPlace)
_LEFT_OUT = Keyset("left-out", BatchItemPlace)
_CHANGES = Keyset("changes", BatchItemPlace)
_DIFFERENT = {"date", "totals", "left_out_totals", "unmatched_credits", "progress", "summary"}
_SAME = tuple(name for name in WriteOffView.model_fields if name not in _DIFFERENT)


def batch_view(batch: WriteOffBatch, progress: PublicationProgress | None = None) -> WriteOffView:
    """A write-off as it is shown; once it is done the outcome says how far it is, whatever was heard before it."""
    values: dict[str, Any] = {name: getattr(batch, name) for name in _SAME}
    summary = ItemsWrittenOff.model_validate(batch.outcome, strict=False) if batch.outcome else None
    if progress and summary:
        progress = replace(progress, written_off=summary.written_off_items, skipped=summary.skipped_items)
    return WriteOffView(
        **values,
        date=batch.booking_date,
        totals=totals_view(batch.totals),
        left_out_totals=tuple(LeftOutTotalView.model_validate(one) for one in batch.left_out_totals),
        progress=ProgressView.model_validate(asdict(progress)) if progress else None,
        summary=summary,
    )


def write_off_router(runtime: Runtime) -> APIRouter:
    """Routes of the two confirmations, and of what became of them."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["write-offs"])
    _add_confirmations(router, runtime)
    _add_reading(router, runtime)
    _add_lists(router, runtime)
    return router


def _add_confirmations(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/sets/{set_id}/write-offs", status_code=201)
    async def first_confirmation(
        administration: Administration, set_id: UUID, body: FirstConfirmation, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Ask for the write-off of a fixed set; answers count, totals and fingerprint. Nothing is written off yet."""
        scope = await scope_of(runtime, actor, administration)
        order = WriteOffOrder(
            set_id=set_id, journal=body.journal, booking_date=body.date, note=body.note, changed=body.changed
        )

        async def operation(connection: Connection) -> CommandAnswer:
            asked = batch_view(await request_writeoff(connection, scope, order))
            unmatched = await unmatched_of_set(connection, administration, set_id)
            return CommandAnswer(body=asked.model_copy(update={"unmatched_credits": unmatched}), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post("/write-offs/{batch_id}/confirmation", status_code=202)
    async def second_confirmation(
        administration: Administration,
        batch_id: UUID,
        body: SecondConfirmation,
        actor: AnyActor,
        command: IdempotentCommand,
    ) -> Response:
        """Confirm count, totals and fingerprint; the write-off is then published party by party."""
        scope = await scope_of(runtime, actor, administration)
        totals = {total.currency: total.amount for total in body.totals}
        approval = WriteOffApproval(items=body.items, totals=totals, fingerprint=body.fingerprint)

        async def operation(connection: Connection) -> CommandAnswer:
            batch = await confirm_writeoff(connection, scope, batch_id, approval, actor)
            return CommandAnswer(body=batch_view(batch), status=202, location=f"/v1/jobs/{batch_id}")

        answer = await run_command(runtime.database, command, operation)
        runtime.jobs.added.set()
        return answer


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/write-offs/{batch_id}")
    async def read_writeoff(administration: Administration, batch_id: UUID) -> WriteOffView:
        """A write-off with its progress and, at the end, its summary: requested, written off, skipped and why."""
        async with runtime.database.snapshot() as connection:
            batch = await get_batch(connection, administration, batch_id)
            progress = await progress_of_batch(connection, administration, batch_id)
        return batch_view(batch, progress)

    @router.get("/write-offs/{batch_id}/left-out")
    async def list_left_out(
        administration: Administration,
        batch_id: UUID,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[LeftOutItemView]:
        """Items of the set that are not requested, and why."""
        after = _LEFT_OUT.decode(cursor) or BatchItemPlace("", "")
        async with runtime.database.snapshot() as connection:
            await get_batch(connection, administration, batch_id)
            rows = await page_of_left_out(connection, administration, batch_id, after, limit + 1)
        return _LEFT_OUT.page(
            rows, limit, key=lambda row: BatchItemPlace(row["party_id"], row["item_id"]), show=shown_as(LeftOutItemView)
        )


def _add_lists(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/write-offs")
    async def list_writeoffs(
        administration: Administration,
        set_id: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[WriteOffView]:
        """The write-offs of fixed sets, newest first."""
        after = _BATCHES.decode(cursor)
        async with runtime.database.snapshot() as connection:
            rows = await page_of_batches(connection, administration, set_id, after, limit + 1)
        return _BATCHES.page(
            rows,
            limit,
            key=lambda row: BatchPlace(row["requested_at"], row["batch_id"]),
            show=lambda row: batch_view(batch_of(row)),
        )

    @router.get("/sets/{set_id}/changes")
    async def list_write_off_changes(
        administration: Administration,
        set_id: UUID,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ChangeView]:
        """Members whose item has another open amount than when the set was made."""
        after = _CHANGES.decode(cursor) or BatchItemPlace("", "")
        async with runtime.database.snapshot() as connection:
            await get_set(connection, administration, set_id)
            rows = await page_of_changes(connection, administration, set_id, after, limit + 1)
        return _CHANGES.page(
            rows, limit, key=lambda row: BatchItemPlace(row["party_id"], row["item_id"]), show=shown_as(ChangeView)
        )
