"""Routes: sets are made, listed, read, fixed, renamed and archived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, NamedTuple
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
    View,
    run_command,
    shown_as,
)
from chassis.queries import load_queries
from chassis.service import Runtime
from services.selection.api.criteria import saved_criteria
from services.selection.api.views import CriteriaInput, SetView, criteria_of, scope_of, set_view
from services.selection.domain.catalogue import SetType
from services.selection.operations.sets import (
    MAX_MEMBERS,
    Operation,
    SelectionOrder,
    archive_set,
    combine_sets,
    fix_set,
    rename_set,
    run_selection,
)
from services.selection.store.sets import QUERIES, Scope, StoredSet, get_set, set_of

SetName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Combine(RequestBody):
    """An existing set with which the new one is combined."""

    operation: Operation
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


class Listing(NamedTuple):
    """Which sets to list."""

    fixed: bool = False
    archived: bool = False


class _SetKey(NamedTuple):
    created_at: datetime
    set_id: UUID


class _MemberKey(NamedTuple):
    party_id: str
    item_id: str
    currency: str


_SETS = Keyset("sets", _SetKey)
_MEMBERS = Keyset("members", _MemberKey)


async def _run(connection: Connection, scope: Scope, body: SelectionToRun) -> StoredSet:
    if body.saved is not None:
        set_type, tree, maximum = await saved_criteria(connection, scope.administration, body.saved)
        order = SelectionOrder(set_type, tree, body.maximum or maximum, body.name)
    else:
        order = SelectionOrder(body.set_type, criteria_of(body.criteria, body.set_type), body.maximum, body.name)
    made = await run_selection(connection, scope, order)
    if body.combine is None:
        return made
    left, right = body.combine.set_id, made.set_id
    combined = await combine_sets(connection, scope, body.combine.operation, left, right)
    return replace(combined, maximum=made.maximum, hits=made.hits)  # the answer tells what the maximum cut off


def add_set_routes(router: APIRouter, runtime: Runtime) -> None:
    """Making and reading sets."""
    _add_lists(router, runtime)

    @router.post("/sets", status_code=201)
    async def run(
        administration: Administration, body: SelectionToRun, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Select now, into a new set; it tells what the maximum cut off."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await _run(connection, scope, body)), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post("/sets/{set_id}/fix")
    async def fix(
        administration: Administration, set_id: UUID, body: SetNamed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Save a set as a fixed set: its members and amounts never change again."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await fix_set(connection, scope, set_id, body.name)))

        return await run_command(runtime.database, command, operation)

    @router.put("/sets/{set_id}/name")
    async def rename(
        administration: Administration, set_id: UUID, body: SetNamed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Call a set by another name."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await rename_set(connection, scope, set_id, body.name)))

        return await run_command(runtime.database, command, operation)

    @router.post("/sets/{set_id}/archive")
    async def archive(
        administration: Administration, set_id: UUID, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Take a set out of the lists."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=set_view(await archive_set(connection, scope, set_id)))

        return await run_command(runtime.database, command, operation)


def _add_lists(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/sets")
    async def list_sets(
        administration: Administration,
        shown: Annotated[Listing, Depends(Listing)],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[SetView]:
        """Sets, newest first."""
        after = _SETS.decode(cursor)
        keys = after or (None, None)
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(
                load_queries(QUERIES).list_sets, administration, *keys, limit + 1, shown.fixed, shown.archived
            )
        return _SETS.page(
            rows,
            limit,
            key=lambda row: _SetKey(row["created_at"], row["set_id"]),
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
        after = _MEMBERS.decode(cursor) or _MemberKey("", "", "")
        async with runtime.database.snapshot() as connection:
            await get_set(connection, administration, set_id)
            rows = await connection.fetch(load_queries(QUERIES).list_members, administration, set_id, *after, limit + 1)
        return _MEMBERS.page(
            rows,
            limit,
            key=lambda row: _MemberKey(row["party_id"], row["item_id"], row["currency"]),
            show=shown_as(MemberView),
        )
