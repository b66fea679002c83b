"""Routes that change and show the black list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
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
from chassis.service import Runtime
from contracts.event import EventDate, Identifier
from services.selection.api.views import scope_of
from services.selection.operations.blacklist import MAX_PARTIES, change_blacklist, chosen_parties
from services.selection.store.blacklist import BlacklistEntry, page_of_blacklist, page_of_blacklist_changes

Reason = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00]*\S[^\x00]*$")]
_LISTED = Keyset("blacklist", str)
_CHANGES = Keyset("blacklist-changes", int)
NEWEST = 2**62


class ChosenParties(RequestBody):
    """Parties by id, or those of a set's marked members; and why."""

    party_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_PARTIES)] = ()
    set_id: UUID | None = None
    reason: Reason


class ToBeListed(ChosenParties):
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


def blacklist_router(runtime: Runtime) -> APIRouter:
    """Routes that put parties on the list, take them off, and read it."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["blacklist"])
    _add_reading(router, runtime)

    @router.post("/blacklist")
    async def put_on_list(
        administration: Administration, body: ToBeListed, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Put parties on the black list; other systems are told."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            parties = await chosen_parties(connection, scope, body.party_ids, body.set_id)
            entry = BlacklistEntry(listed=True, reason=body.reason, until=body.until)
            return CommandAnswer(body=ChangedView(parties=await change_blacklist(connection, scope, parties, entry)))

        return await run_command(runtime.database, command, operation)

    @router.post("/blacklist/removals")
    async def take_off_list(
        administration: Administration, body: ChosenParties, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Take parties off the black list; other systems are told."""
        scope = await scope_of(runtime, actor, administration)

        async def operation(connection: Connection) -> CommandAnswer:
            parties = await chosen_parties(connection, scope, body.party_ids, body.set_id)
            entry = BlacklistEntry(listed=False, reason=body.reason)
            return CommandAnswer(body=ChangedView(parties=await change_blacklist(connection, scope, parties, entry)))

        return await run_command(runtime.database, command, operation)

    return router


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/blacklist")
    async def list_listed(
        administration: Administration, actor: AnyActor, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[ListedView]:
        """Who is on the black list today."""
        scope = await scope_of(runtime, actor, administration)
        after = _LISTED.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await page_of_blacklist(connection, administration, scope.today, after, limit + 1)
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
            rows = await page_of_blacklist_changes(connection, administration, party_id, before, limit + 1)
        return _CHANGES.page(rows, limit, key=lambda row: int(row["version"]), show=shown_as(ListChangeView))
