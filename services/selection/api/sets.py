"""Sets are made, listed, read, fixed, renamed and archived."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    RequestBody,
    RequestPart,
    View,
    run_command,
    shown_as,
)
from chassis.service import Runtime
from services.selection.api.views import CriteriaInput, SetView, criteria_of, scope_of, set_view
from services.selection.domain.catalogue import SetType
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.sets import (
    MAX_MEMBERS,
    CombineWith,
    SelectionOrder,
    archive_set,
    fix_set,
    rename_set,
    saved_order,
    select_combined,
)
from services.selection.store.members import SetOperation
from services.selection.store.sets import (
    ListedSets,
    MemberPlace,
    SetPlace,
    StoredSet,
    get_set,
    page_of_members,
    page_of_sets,
    set_of,
)

SetName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Combine(RequestPart):
    """An existing set with which the new one is combined."""

    operation: SetOperation
    set_id: UUID


class SelectionToRun(RequestBody):
    """What to select now: criteria in either form, or those saved under a name."""

    set_type: SetType = "items"
    criteria: CriteriaInput = None
    saved: str | None = Field(default=None, description="The name of saved criteria, instead of criteria")
    maximum: Annotated[int, Field(ge=1, le=MAX_MEMBERS, description="Most hits to take")] | None = None
    name: SetName | None = None
    combine: Combine | None = Field(default=None, description="Add to, intersect with, or take from this set")


class SetNamed(RequestBody):
    """A name for a set."""

    name: SetName


class MemberView(View):
    """A member with the open amount of when the set was made; `open_now` is what is open of it now."""

    party_id: str
    party_name: str | None
    item_id: str
    currency: str
    open_amount: int
    open_now: int | None
    marked: bool
    kind: str | None
    voucher: str | None
    item_date: date | None
    status: str | None
    description: str | None


_SETS = Keyset("sets", SetPlace)
_MEMBERS = Keyset("members", MemberPlace)


async def _run(connection: Connection, scope: WorkScope, body: SelectionToRun) -> StoredSet:
    if body.saved is not None:
        order = await saved_order(connection, scope, body.saved, body.maximum, body.name)
    else:
        order = SelectionOrder(body.set_type, criteria_of(body.criteria, body.set_type), body.maximum, body.name)
    combine = CombineWith(body.combine.operation, body.combine.set_id) if body.combine else None
    return await select_combined(connection, scope, order, combine)


def set_router(runtime: Runtime) -> APIRouter:
    """Routes that make and read sets."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["sets"])
    _add_lists(router, runtime)
    _add_changes(router, runtime)

    @router.post("/sets", status_code=201)
    async def run(
        administration: Administration, body: SelectionToRun, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Select now, into a new set; it tells what the maximum cut off."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await _run(connection, scope, body)), status=201)

        return await run_command(runtime.database, command, operation)

    return router


def _add_changes(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/sets/{set_id}/fix")
    async def fix(
        administration: Administration, set_id: UUID, body: SetNamed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Save a set as a fixed set: its members and amounts never change again."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await fix_set(connection, scope, set_id, body.name)))

        return await run_command(runtime.database, command, operation)

    @router.put("/sets/{set_id}/name")
    async def rename(
        administration: Administration, set_id: UUID, body: SetNamed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Call a set by another name."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await rename_set(connection, scope, set_id, body.name)))

        return await run_command(runtime.database, command, operation)

    @router.post("/sets/{set_id}/archive")
    async def archive(
        administration: Administration, set_id: UUID, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Take a set out of the lists."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await archive_set(connection, scope, set_id)))

        return await run_command(runtime.database, command, operation)


def _add_lists(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/sets")
    async def list_sets(
        administration: Administration,
        shown: Annotated[ListedSets, Depends(ListedSets)],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[SetView]:
        """The sets of an administration, newest first."""
        after = _SETS.decode(cursor)
        async with runtime.database.snapshot() as connection:
            rows = await page_of_sets(connection, administration, after, limit + 1, shown)
        return _SETS.page(
            rows,
            limit,
            key=lambda row: SetPlace(row["created_at"], row["set_id"]),
            show=lambda row: set_view(set_of(row)),
        )

    @router.get("/sets/{set_id}")
    async def read_set(administration: Administration, set_id: UUID) -> SetView:
        """A set without its members."""
        async with runtime.database.snapshot() as connection:
            return set_view(await get_set(connection, administration, set_id))

    @router.get("/sets/{set_id}/members")
    async def list_members(
        administration: Administration,
        set_id: UUID,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[MemberView]:
        """A set's members, a party's side by side."""
        after = _MEMBERS.decode(cursor) or MemberPlace("", "", "")
        async with runtime.database.snapshot() as connection:
            await get_set(connection, administration, set_id)
            rows = await page_of_members(connection, administration, set_id, after, limit + 1)
        return _MEMBERS.page(
            rows,
            limit,
            key=lambda row: MemberPlace(row["party_id"], row["item_id"], row["currency"]),
            show=shown_as(MemberView),
        )
