"""A set's marks, sets out of sets, and sets against today or against a report that came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.errors import Refused
from chassis.http import (
    MEBIBYTE,
    Administration,
    AnyActor,
    Clerk,
    CommandAnswer,
    IdempotentCommand,
    RequestBody,
    RequestPart,
    View,
    run_command,
)
from chassis.service import Runtime
from contracts.event import Identifier
from services.selection.api.views import CriteriaInput, SetView, criteria_of, scope_of, set_view
from services.selection.domain.catalogue import SetType
from services.selection.operations.comparisons import (
    ConfirmedDifference,
    ReturnedReport,
    compare_with_today,
    fix_returned,
    read_returned,
)
from services.selection.operations.marks import MemberMarks, mark_members
from services.selection.operations.sets import combine_sets, convert_set
from services.selection.store.members import Combination, SetOperation
from services.selection.store.sets import get_set

MAX_LISTED = 10_000
MAX_FILE_BYTES = 64 * MEBIBYTE


class SetMemberKey(RequestPart):
    """A member; the item is empty in a set of parties."""

    party_id: Identifier
    item_id: str = ""


class MarksToSet(RequestBody):
    """Which members to mark or unmark: some, those that meet criteria, or all."""

    marked: bool
    members: Annotated[tuple[SetMemberKey, ...], Field(max_length=MAX_LISTED)] = ()
    criteria: CriteriaInput = None
    every: bool = False


class MarkedView(View):
    """The set with its new counts."""

    changed: int
    set: SetView


class SetsToCombine(RequestBody):
    """Two sets of one type."""

    operation: SetOperation
    left: UUID
    right: UUID


class Conversion(RequestBody):
    """What the new set holds."""

    set_type: SetType


class DifferenceView(View):
    """What happened since the set was made, in one currency."""

    currency: str
    added: int
    added_amount: int
    gone: int
    gone_amount: int
    changed: int
    changed_amount: int


class ComparisonView(View):
    """The set against what its criteria find today; `members` and `amounts` are the balance of it."""

    differences: tuple[DifferenceView, ...]
    members: int
    amounts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReportConfirmed:
    """Repeats the fingerprint of the difference that was shown, and names the set to be made."""

    fingerprint: Annotated[str, Query(max_length=64)] = ""
    name: Annotated[str, Query(max_length=200)] = ""


class RemovedView(View):
    """What a returned report left out, in one currency."""

    currency: str
    members: int
    amount: int


class ReturnedView(View):
    """The difference between a set and its returned report; `set` is the next fixed set, once confirmed."""

    kept: int
    removed: tuple[RemovedView, ...]
    fingerprint: str = Field(description="Repeat it with a name to make the next fixed set")
    set: SetView | None = None


def member_router(runtime: Runtime) -> APIRouter:
    """Routes of marks, combinations, comparisons and returned reports."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["members"])
    _add_marks(router, runtime)
    _add_combining(router, runtime)
    _add_comparing(router, runtime)
    return router


def _add_marks(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/sets/{set_id}/marks")
    async def mark(
        administration: Administration, set_id: UUID, body: MarksToSet, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Mark or unmark members of a set that is not fixed; only marked ones count."""
        scope = await scope_of(runtime, actor, administration)
        if sum((bool(body.members), body.criteria is not None, body.every)) != 1:
            raise Refused(
                "choice-required",
                "It is not clear which members are meant.",
                field="members",
                remedy="Give one of members, criteria, or every: true.",
            )

        async def operation(connection: Connection) -> CommandAnswer:
            source = await get_set(connection, administration, set_id)
            members = [(member.party_id, member.item_id) for member in body.members]
            tree = criteria_of(body.criteria, source.set_type)
            marks = MemberMarks(marked=body.marked, members=members, criteria=tree)
            done = await mark_members(connection, scope, set_id, marks)
            return CommandAnswer(body=MarkedView(changed=done.changed, set=set_view(done.counted)))

        return await run_command(runtime.database, command, operation)


def _add_combining(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/sets/combinations", status_code=201)
    async def combine(
        administration: Administration, body: SetsToCombine, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """A new set out of two: both, what both have, or the first without the second."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            made = await combine_sets(connection, scope, Combination(body.operation, body.left, body.right))
            return CommandAnswer(body=set_view(made), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post("/sets/{set_id}/conversions", status_code=201)
    async def convert(
        administration: Administration, set_id: UUID, body: Conversion, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """The set of the items' parties, or of the parties' open items."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            made = await convert_set(connection, scope, set_id, body.set_type)
            return CommandAnswer(body=set_view(made), status=201)

        return await run_command(runtime.database, command, operation)


def _add_comparing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/sets/{set_id}/comparison")
    async def compare(administration: Administration, set_id: UUID, actor: AnyActor) -> ComparisonView:
        """A set against what the same criteria find today."""
        scope = await scope_of(runtime, actor, administration)
        async with runtime.database.snapshot() as connection:
            rows = await compare_with_today(connection, scope, set_id)
        differences = tuple(DifferenceView.model_validate(dict(row)) for row in rows)
        return ComparisonView(
            differences=differences,
            members=sum(row.added - row.gone for row in differences),
            amounts={row.currency: row.added_amount - row.gone_amount + row.changed_amount for row in differences},
        )

    @router.post("/sets/{set_id}/returned-reports", max_body_size=MAX_FILE_BYTES)
    async def read_report(
        request: Request,
        administration: Administration,
        set_id: UUID,
        actor: Clerk,
        command: IdempotentCommand,
        confirmed: Annotated[ReportConfirmed, Depends(ReportConfirmed)],
    ) -> Response:
        """Read a report (CSV or XLSX, as the body) that came back with rows removed or unticked.

        Without a fingerprint the difference is shown; with it and a name, what was kept becomes the next fixed set.
        """
        scope = await scope_of(runtime, actor, administration)
        content = await request.body()

        async def operation(connection: Connection) -> CommandAnswer:
            returned = await read_returned(connection, scope, set_id, content)
            if not confirmed.fingerprint:
                return CommandAnswer(body=_returned_view(returned))
            difference = ConfirmedDifference(confirmed.fingerprint, confirmed.name)
            made = await fix_returned(connection, scope, returned, difference)
            return CommandAnswer(body=_returned_view(returned).model_copy(update={"set": set_view(made)}), status=201)

        return await run_command(runtime.database, command, operation)


def _returned_view(returned: ReturnedReport) -> ReturnedView:
    removed = tuple(
        RemovedView(currency=one.currency, members=one.members, amount=one.amount) for one in returned.removed
    )
    return ReturnedView(kept=len(returned.keys), removed=removed, fingerprint=returned.fingerprint)
