"""Write-offs by hand, their reversals and approvals: 202 with the request, whose outcome is read later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from chassis.database import Connection
from chassis.fingerprints import Fingerprint
from chassis.http import (
    Administration,
    Approver,
    Clerk,
    CommandAnswer,
    IdempotentCommand,
    RequestBody,
    RequestPart,
    Told,
    View,
    run_command,
)
from chassis.service import Runtime
from contracts.event import Code, EventDate, Identifier, Note
from contracts.money import Amount
from read_model.today import today_in
from read_model.unmatched_credits import UnmatchedCredits
from services.writeoff.api.requests import RequestView, get_request
from services.writeoff.domain.previews import Preview, Wished
from services.writeoff.operations.approvals import RequestName, decide_approval
from services.writeoff.operations.manual import (
    LINES_AT_ONCE,
    ManualWriteOff,
    PreviewedWriteOff,
    preview_write_off,
    write_off,
)
from services.writeoff.operations.reversals import (
    PreviewedReversal,
    ReversalWish,
    preview_reversal,
    show_reversal,
    take_back,
)


class WishedLine(RequestPart):
    """One item; all that is open without an amount, on the journal of the whole without one of its own."""

    item_id: Identifier
    amount: Annotated[Amount, Field(gt=0, description="Whole minor units, for a part of the item")] | None = None
    journal: Code | None = None


class WriteOffWish(RequestBody):
    """Items of one party, or without lines all that it owes. The date is today's unless given."""

    party_id: Identifier
    lines: Annotated[tuple[WishedLine, ...], Field(min_length=1, max_length=LINES_AT_ONCE)] | None = None
    journal: Annotated[Code, Field(description="The reason")] | None = None
    date: EventDate | None = None
    note: Note = ""


class WriteOffCommand(WriteOffWish):
    """The same wish, confirmed with the fingerprint of its preview."""

    fingerprint: Fingerprint
    default_reasons: Annotated[bool, Field(description="The reasons that the preview offered are the chosen ones")] = (
        False
    )


class ReversalDay(RequestBody):
    """As of which day a write-off is taken back; today's unless given."""

    date: EventDate | None = None


class ReversalCommand(ReversalDay):
    """Take a write-off back, confirmed."""

    note: Annotated[str, Field(max_length=2_000, description="Why it is taken back")]
    fingerprint: Fingerprint


class ApprovalCommand(RequestBody):
    """Approve a request above a limit, or decline it for good."""

    approved: bool
    note: Note = ""


class ReversedMatch(NamedTuple):
    """Which match is taken back, and by whom."""

    administration: str
    match_id: UUID
    employee: str


class PreviewedLine(View):
    """One item as it would be asked for; `code` says why it would be refused."""

    item_id: str
    kind: str
    journal: str
    currency: str
    open_amount: int
    amount: int
    code: str | None
    message: Told | None
    is_offered: bool = Field(default=False, description="The journal is offered, and not chosen yet")


class PreviewRefusal(View):
    """What confirming it would be answered."""

    code: str
    message: Told
    field: str | None
    remedy: Told | None


class PreviewView(View):
    """What would be done, and the fingerprint with which it is confirmed."""

    fingerprint: str
    party_id: str
    date: date
    reversal_of: str | None
    lines: list[PreviewedLine]
    totals: dict[str, int] = Field(description="Minor units per currency of what would be allowed")
    unmatched_credits: UnmatchedCredits = Field(
        default=UnmatchedCredits(), description="What lies unmatched of the party: match first"
    )
    needs_approval: str | None = Field(description="The limit that it passes: another employee would approve it")
    refusal: PreviewRefusal | None = Field(default=None, description="Why it would be refused as a whole")


def manual_router(runtime: Runtime) -> APIRouter:
    """Preview and confirmation of write-offs, reversals and approvals."""
    router = APIRouter()

    @router.post("/write-offs/preview")
    async def preview(administration: Administration, body: WriteOffWish, actor: Clerk) -> PreviewView:
        """What a write-off would come to; changes nothing that is open."""
        async with runtime.database.transaction() as connection:
            shown = await preview_write_off(connection, await _wish(connection, administration, body), actor)
        return _write_off_view(shown)

    @router.post("/write-offs", status_code=202, response_model=RequestView)
    async def ask(
        administration: Administration, body: WriteOffCommand, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Ask for what the preview showed; when anything changed since, 409 with the differences."""

        async def operation(connection: Connection) -> CommandAnswer:
            request_id = await write_off(
                connection,
                await _wish(connection, administration, body),
                actor,
                fingerprint=body.fingerprint,
                default_reasons=body.default_reasons,
            )
            return await _accepted(connection, administration, request_id)

        return await run_command(runtime.database, command, operation)

    _add_reversal_routes(router, runtime)
    _add_approval_routes(router, runtime)
    return router


def _add_reversal_routes(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/write-offs/{match_id}/reversal")
    async def reversal_shown(
        administration: Administration, match_id: UUID, actor: Clerk, date: EventDate | None = None
    ) -> PreviewView:
        """What taking a write-off back would put back; a later refusal cannot say what changed since."""
        wish = ReversedMatch(administration, match_id, actor.employee)
        async with runtime.database.snapshot() as connection:
            return _reversal_view(await show_reversal(connection, await _reversal(connection, wish, date)))

    @router.post("/write-offs/{match_id}/reversal/preview")
    async def reversal_preview(
        administration: Administration, match_id: UUID, body: ReversalDay, actor: Clerk
    ) -> PreviewView:
        """What taking a write-off back would put back; kept, and changes nothing that is open."""
        wish = ReversedMatch(administration, match_id, actor.employee)
        async with runtime.database.transaction() as connection:
            return _reversal_view(await preview_reversal(connection, await _reversal(connection, wish, body.date)))

    @router.post("/write-offs/{match_id}/reversal", status_code=202, response_model=RequestView)
    async def reverse(
        administration: Administration,
        match_id: UUID,
        body: ReversalCommand,
        actor: Clerk,
        command: IdempotentCommand,
    ) -> Response:
        """Take a write-off back: the ledger undoes its match, and both entries stay to be seen."""
        reversed_match = ReversedMatch(administration, match_id, actor.employee)

        async def operation(connection: Connection) -> CommandAnswer:
            wish = replace(await _reversal(connection, reversed_match, body.date), note=body.note)
            return await _accepted(connection, administration, await take_back(connection, wish, body.fingerprint))

        return await run_command(runtime.database, command, operation)


def _add_approval_routes(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/requests/{request_id}/approval", response_model=RequestView)
    async def approve(
        administration: Administration,
        request_id: UUID,
        body: ApprovalCommand,
        actor: Approver,
        command: IdempotentCommand,
    ) -> Response:
        """Approve a request above a limit, which is asked for then, or decline it."""

        async def operation(connection: Connection) -> CommandAnswer:
            await decide_approval(
                connection, RequestName(administration, request_id), actor, approved=body.approved, note=body.note
            )
            return CommandAnswer(body=await get_request(connection, administration, request_id))

        return await run_command(runtime.database, command, operation)


async def _accepted(connection: Connection, administration: str, request_id: UUID) -> CommandAnswer:
    return CommandAnswer(
        body=await get_request(connection, administration, request_id),
        status=202,
        location=f"/v1/administrations/{administration}/requests/{request_id}",
    )


async def _wish(connection: Connection, administration: str, body: WriteOffWish) -> ManualWriteOff:
    lines = None
    if body.lines is not None:
        lines = tuple(Wished(**line.model_dump()) for line in body.lines)
    return ManualWriteOff(
        administration=administration,
        party_id=body.party_id,
        lines=lines,
        journal=body.journal,
        date=body.date or await today_in(connection, administration),
        note=body.note,
    )


async def _reversal(connection: Connection, of: ReversedMatch, day: date | None) -> ReversalWish:
    return ReversalWish(
        administration=of.administration,
        match_id=of.match_id,
        date=day or await today_in(connection, of.administration),
        note="",
        employee=of.employee,
    )


def _write_off_view(shown: PreviewedWriteOff) -> PreviewView:
    view = _preview_view(shown.preview, shown.needs_approval)
    lines = [line.model_copy(update={"is_offered": line.item_id in shown.offered}) for line in view.lines]
    refusal = None
    if shown.refusal is not None:
        answer = shown.refusal
        refusal = PreviewRefusal(code=answer.code, message=answer.message, field=answer.field, remedy=answer.remedy)
    return view.model_copy(update={"lines": lines, "refusal": refusal, "unmatched_credits": shown.unmatched})


def _reversal_view(shown: PreviewedReversal) -> PreviewView:
    return _preview_view(shown.preview, shown.needs_approval)


def _preview_view(preview: Preview, needs_approval: str | None) -> PreviewView:
    totals: dict[str, int] = {}
    for line in preview.lines:
        if line.code is None:
            totals[line.currency] = totals.get(line.currency, 0) + line.amount
    told = {"fingerprint": preview.fingerprint, "totals": totals, "needs_approval": needs_approval}
    return PreviewView.model_validate(preview.content | told)
