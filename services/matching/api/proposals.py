"""Previewed runs: proposed, marked, executed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response

from chassis.database import Connection
from chassis.http import Administration, Clerk, CommandAnswer, IdempotentCommand, Keyset, Page, run_command
from chassis.service import Runtime
from services.matching.api.list_pages import Paging
from services.matching.api.proposal_views import (
    Approval,
    Discarded,
    Marked,
    Marks,
    ProposalRequest,
    ProposalTotal,
    ProposalView,
    ProposedItem,
    ProposedParty,
)
from services.matching.api.runs import Queued, queue_run
from services.matching.domain.forms import SelectionForm
from services.matching.operations.explaining import Explained, explain
from services.matching.operations.proposals import discard, fingerprint, mark, queue_execution, queue_proposal
from services.matching.store import proposals as store


class PartyPlace(NamedTuple):
    """Where a list of parties goes on."""

    party_id: str
    currency: str


class ItemOfGroup(NamedTuple):
    """Where a list of proposed items goes on."""

    party_id: str
    group_number: int
    item_id: str


_PARTIES = Keyset("proposal-parties", PartyPlace)
_ITEMS = Keyset("proposal-items", ItemOfGroup)


def proposal_router(runtime: Runtime) -> APIRouter:
    """Routes of previewed runs."""
    router = APIRouter(prefix="/administrations/{administration}/proposals", tags=["proposals"])

    @router.post("", status_code=202, response_model=Queued)
    async def build(
        administration: Administration, body: ProposalRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Propose matches and hold their items; the proposal's id is the job's."""

        async def begin(connection: Connection, proposal_id: UUID) -> None:
            expires_at = datetime.now(UTC) + timedelta(minutes=body.reserve_minutes)
            form = SelectionForm.model_validate_json(body.model_dump_json(exclude={"reserve_minutes"}))
            await queue_proposal(connection, (administration, proposal_id), form, actor.employee, expires_at)

        return await queue_run(runtime, command, begin)

    _add_reading(router, runtime)
    _add_marking(router, runtime)
    _add_execution(router, runtime)
    return router


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/{proposal_id}")
    async def show(administration: Administration, proposal_id: UUID) -> ProposalView:
        """A proposal with live totals per currency, and the fingerprint of what is marked."""
        async with runtime.database.snapshot() as connection:
            row = await store.get_proposal(connection, (administration, proposal_id))
            totals = await store.totals(connection, (administration, proposal_id))
        return _shown(row, totals)

    @router.get("/{proposal_id}/parties")
    async def parties(administration: Administration, proposal_id: UUID, paging: Paging) -> Page[ProposedParty]:
        """The parties of a proposal with their balances and counts, marked and unmarked."""
        place = _PARTIES.decode(paging.cursor) or PartyPlace("", "")
        async with runtime.database.snapshot() as connection:
            rows = await store.parties(connection, (administration, proposal_id), place, paging.limit + 1)
        return _PARTIES.page(
            rows,
            paging.limit,
            key=lambda row: PartyPlace(row["party_id"], row["currency"]),
            show=lambda row: ProposedParty.model_validate(dict(row)),
        )

    @router.get("/{proposal_id}/items")
    async def items(
        administration: Administration,
        proposal_id: UUID,
        paging: Paging,
        party_id: Annotated[str | None, Query(max_length=64)] = None,
    ) -> Page[ProposedItem]:
        """The proposed items, group by group, with the reason for each group and what became of each item."""
        place = _ITEMS.decode(paging.cursor) or ItemOfGroup("", 0, "")
        async with runtime.database.snapshot() as connection:
            rows = await store.items(connection, (administration, proposal_id), party_id, place, paging.limit + 1)
        return _ITEMS.page(
            rows,
            paging.limit,
            key=lambda row: ItemOfGroup(row["party_id"], row["group_number"], row["item_id"]),
            show=lambda row: ProposedItem.model_validate(dict(row)),
        )

    @router.get("/{proposal_id}/explanation")
    async def why(administration: Administration, proposal_id: UUID, party_id: str, item_id: str) -> Explained:
        """Why an item was proposed as it was, or was not."""
        async with runtime.database.snapshot() as connection:
            return await explain(connection, (administration, proposal_id), party_id, item_id)


def _shown(row: asyncpg.Record, totals: list[asyncpg.Record]) -> ProposalView:
    return ProposalView(
        **{
            name: row[name]
            for name in ("proposal_id", "method", "state", "form", "employee", "created_at", "expires_at")
        },
        fingerprint=fingerprint(row, totals),
        totals=tuple(ProposalTotal.model_validate(dict(total)) for total in totals),
    )


def _add_marking(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/{proposal_id}/marks", response_model=Marked)
    async def put_marks(
        administration: Administration, proposal_id: UUID, body: Marks, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Mark or unmark items, groups, parties or everything; what somebody else marked stays as it is."""

        async def operation(connection: Connection) -> CommandAnswer:
            key = (administration, proposal_id)
            changed, of_others = await mark(connection, key, actor.employee, body.which(), marked=body.marked)
            return CommandAnswer(body=Marked(changed=changed, of_others=of_others))

        return await run_command(runtime.database, command, operation)


def _add_execution(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/{proposal_id}/execution", status_code=202, response_model=Queued)
    async def execute(
        administration: Administration, proposal_id: UUID, body: Approval, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match what is marked; refused when the marks are not those of the fingerprint."""

        async def begin(connection: Connection, job_id: UUID) -> None:
            approved = (body.fingerprint, actor.employee)
            await queue_execution(connection, (administration, proposal_id), job_id, approved, datetime.now(UTC))

        return await queue_run(runtime, command, begin)

    @router.post("/{proposal_id}/discarding", response_model=Discarded)
    async def give_up(
        administration: Administration, proposal_id: UUID, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Give a proposal up: its items are free for others."""

        async def operation(connection: Connection) -> CommandAnswer:
            await discard(connection, (administration, proposal_id))
            return CommandAnswer(body=Discarded(proposal_id=proposal_id))

        return await run_command(runtime.database, command, operation)
