"""Routes: the black list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.errors import Refused
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
    View,
    run_command,
    shown_as,
)
from chassis.queries import load_queries
from chassis.service import Runtime
from contracts.event import EventDate, Identifier
from services.selection.api.views import scope_of
from services.selection.operations.blacklist import MAX_PARTIES, Listing, change_blacklist, parties_of_set
from services.selection.store.sets import QUERIES, Scope, get_set

Reason = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00]*\S[^\x00]*$")]
_LISTED = Keyset("blacklist", str)
_CHANGES = Keyset("blacklist-changes", int)
NEWEST = 2**62


class Chosen(RequestBody):
    """Parties by id, or those of a set's marked members; and why."""

    party_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_PARTIES)] = ()
    set_id: UUID | None = None
    reason: Reason


class ToBeListed(Chosen):
    """Parties that go on the list."""

    until: EventDate | None = Field(default=None, description="The last day on the list; none: until taken off")


class ChangedView(View):
    """How many parties were told of."""

    parties: int


class ListedView(View):
    """A party on the list."""

    party_id: str
    party_name: str | None
    version: int
    reason: str
    until: date | None
    employee: str
    changed_at: datetime


class ListChangeView(View):
    """One change of a party's place on the list."""

    version: int
    listed: bool
    reason: str
    until: date | None
    employee: str
    changed_at: datetime


async def _chosen(connection: Connection, scope: Scope, body: Chosen) -> list[str]:
    if (body.set_id is None) == (not body.party_ids):
        raise Refused(
            "parties-required", "Parties are asked.", field="party_ids", remedy="Give either party_ids or a set_id."
        )
    if body.set_id is None:
        return list(body.party_ids)
    await get_set(connection, scope.administration, body.set_id)
    return await parties_of_set(connection, scope, body.set_id)


def add_blacklist_routes(router: APIRouter, runtime: Runtime) -> None:
    """Putting parties on the list, taking them off, and reading it."""
    _add_reading(router, runtime)

    @router.post("/blacklist")
    async def put_on_list(
        administration: Administration, body: ToBeListed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Put parties on the black list; other systems are told."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            parties = await _chosen(connection, scope, body)
            listing = Listing(listed=True, reason=body.reason, until=body.until)
            return CommandAnswer(body=ChangedView(parties=await change_blacklist(connection, scope, parties, listing)))

        return await run_command(runtime.database, command, operation)

    @router.post("/blacklist/removals")
    async def take_off_list(
        administration: Administration, body: Chosen, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Take parties off the black list; other systems are told."""
        scope = scope_of(actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            parties = await _chosen(connection, scope, body)
            listing = Listing(listed=False, reason=body.reason)
            return CommandAnswer(body=ChangedView(parties=await change_blacklist(connection, scope, parties, listing)))

        return await run_command(runtime.database, command, operation)


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/blacklist")
    async def list_listed(
        administration: Administration, actor: AnyActor, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[ListedView]:
        """Who is on the black list today."""
        scope = scope_of(actor, administration)
        after = _LISTED.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(
                load_queries(QUERIES).list_blacklist, administration, after, scope.today, limit + 1
            )
        return _LISTED.page(rows, limit, key=lambda row: str(row["party_id"]), show=shown_as(ListedView))

    @router.get("/blacklist/{party_id}")
    async def list_changes(
        administration: Administration,
        party_id: str,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ListChangeView]:
        """Every change of a party's place on the list, newest first."""
        before = _CHANGES.decode(cursor) or NEWEST
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(
                load_queries(QUERIES).list_blacklist_changes, administration, party_id, before, limit + 1
            )
        return _CHANGES.page(rows, limit, key=lambda row: int(row["version"]), show=shown_as(ListChangeView))
