"""Previewed runs: proposed, marked, executed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.database import Connection
from chassis.http import Administration, Clerk, CommandAnswer, IdempotentCommand, Keyset, Page, run_command, shown_as
from chassis.service import Runtime
from services.matching.api.list_pages import Paging
from services.matching.api.proposal_views import (
    Approval,
    Discarded,
    MarkedItems,
    Marks,
    ProposalRequest,
    ProposalView,
    ProposedItem,
    ProposedParty,
    show_proposal,
)
from services.matching.api.runs import Queued, queue_run
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import ProposalKey
from services.matching.domain.list_order import AccountPlace, ProposedItemPlace, Stretch
from services.matching.operations.executing import queue_execution
from services.matching.operations.explaining import ItemInProposal, explain
from services.matching.operations.proposals import (
    discard,
    find_items,
    find_parties,
    find_proposal,
    mark,
    queue_proposal,
)
from services.matching.operations.run_steps import NewRun

_PARTIES = Keyset("proposal-parties", AccountPlace)
_ITEMS = Keyset("proposal-items", ProposedItemPlace)


def proposal_key(administration: Administration, proposal_id: UUID) -> ProposalKey:
    """The proposal that a path names."""
    return ProposalKey(administration, proposal_id)


def proposal_router(runtime: Runtime) -> APIRouter:
    """Routes that build, mark, execute and discard proposals."""
    router = APIRouter(prefix="/administrations/{administration}/proposals", tags=["proposals"])

    @router.post("", status_code=202, response_model=Queued)
    async def build(
        administration: Administration, body: ProposalRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Propose matches and hold their items; the proposal's id is the job's."""

        async def queue(connection: Connection, run: NewRun) -> None:
            expires_at = datetime.now(UTC) + timedelta(minutes=body.reserve_minutes)
            form = SelectionForm.model_validate_json(body.model_dump_json(exclude={"reserve_minutes"}))
            await queue_proposal(connection, run, form, expires_at)

        return await queue_run(runtime, administration, actor, command, queue)

    _add_reading(router, runtime)
    _add_marking(router, runtime)
    _add_execution(router, runtime)
    return router


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/{proposal_id}")
    async def show(key: Annotated[ProposalKey, Depends(proposal_key)]) -> ProposalView:
        """A proposal with live totals per currency, and the fingerprint of what is marked."""
        async with runtime.database.snapshot() as connection:
            return show_proposal(await find_proposal(connection, key))

    @router.get("/{proposal_id}/parties")
    async def proposal_parties(
        key: Annotated[ProposalKey, Depends(proposal_key)], paging: Paging
    ) -> Page[ProposedParty]:
        """The parties of a proposal with their balances and counts, marked and unmarked."""
        stretch = Stretch(_PARTIES.decode(paging.cursor) or AccountPlace(), paging.limit + 1)
        async with runtime.database.snapshot() as connection:
            rows = await find_parties(connection, key, stretch)
        return _PARTIES.page(
            rows,
            paging.limit,
            key=lambda row: AccountPlace(row["party_id"], row["currency"]),
            show=shown_as(ProposedParty),
        )

    @router.get("/{proposal_id}/items")
    async def proposal_items(
        key: Annotated[ProposalKey, Depends(proposal_key)],
        paging: Paging,
        party_id: Annotated[str | None, Query(max_length=64)] = None,
    ) -> Page[ProposedItem]:
        """The proposed items, group by group, with the reason for each group and what became of each item."""
        stretch = Stretch(_ITEMS.decode(paging.cursor) or ProposedItemPlace(), paging.limit + 1)
        async with runtime.database.snapshot() as connection:
            rows = await find_items(connection, key, party_id, stretch)
        return _ITEMS.page(
            rows,
            paging.limit,
            key=lambda row: ProposedItemPlace(row["party_id"], row["group_number"], row["item_id"]),
            show=shown_as(ProposedItem),
        )

    @router.get("/{proposal_id}/explanation")
    async def why(key: Annotated[ProposalKey, Depends(proposal_key)], party_id: str, item_id: str) -> ItemInProposal:
        """Why an item was proposed as it was, or was not."""
        async with runtime.database.snapshot() as connection:
            return await explain(connection, key, party_id, item_id)


def _add_marking(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/{proposal_id}/marks", response_model=MarkedItems)
    async def put_marks(
        key: Annotated[ProposalKey, Depends(proposal_key)], body: Marks, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Mark or unmark items, groups, parties or everything; what somebody else marked stays as it is."""

        async def operation(connection: Connection) -> CommandAnswer:
            changed, of_others = await mark(connection, key, actor.employee, body.scope(), marked=body.marked)
            return CommandAnswer(body=MarkedItems(changed=changed, of_others=of_others))

        return await run_command(runtime.database, command, operation)


def _add_execution(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/{proposal_id}/execution", status_code=202, response_model=Queued)
    async def execute(
        key: Annotated[ProposalKey, Depends(proposal_key)], body: Approval, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match what is marked; refused when the marks are not those of the fingerprint."""

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_execution(connection, run, key.proposal_id, body.fingerprint, datetime.now(UTC))

        return await queue_run(runtime, key.administration, actor, command, queue)

    @router.post("/{proposal_id}/discarding", response_model=Discarded)
    async def give_up(
        key: Annotated[ProposalKey, Depends(proposal_key)], _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Give a proposal up: its items are free for others."""

        async def operation(connection: Connection) -> CommandAnswer:
            await discard(connection, key)
            return CommandAnswer(body=Discarded(proposal_id=key.proposal_id))

        return await run_command(runtime.database, command, operation)
