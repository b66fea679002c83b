"""Previewed runs: proposed and reserved, looked at, marked, and discarded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.jobs import Failure, Job, Step
from chassis.sentences import Sentence
from read_model.parties import get_administration
from services.matching.domain.authority import check_tolerance
from services.matching.domain.booking import check_booking
from services.matching.domain.differences import rules_of, selected_on_its_journal
from services.matching.domain.findings import nothing_found, told
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import PartyChunk, ProposalKey
from services.matching.domain.list_order import AccountPlace, ProposedItemPlace, Stretch
from services.matching.domain.marking import MarkScope
from services.matching.domain.settlement_order import order_of
from services.matching.operations.run_steps import NewRun, last_step, next_step
from services.matching.operations.settlement import (
    left_foreign,
    proposed_groups,
)
from services.matching.operations.zero_balances import within_zero
from services.matching.store import proposals as store
from services.matching.store import runs as run_store
from services.matching.store.passed_over import count_later
from services.matching.store.proposals import Holder

BUILD = "build-proposal"
FINGERPRINT_CHARACTERS = 16

_STATES = {
    "building": Sentence("building"),
    "executing": Sentence("executing"),
    "executed": Sentence("executed"),
    "discarded": Sentence("discarded"),
}


@dataclass(frozen=True, slots=True)
class FoundProposal:
    """A proposal as it stands, with live totals per currency and the fingerprint of what is marked."""

    proposal: asyncpg.Record
    totals: list[asyncpg.Record]

    @property
    def fingerprint(self) -> str:
        """What an execution of exactly this names."""
        return fingerprint(self.proposal, self.totals)


async def queue_proposal(connection: Connection, run: NewRun, form: SelectionForm, expires_at: datetime) -> None:
    """Check what is asked and queue the building of a proposal under the run's id; raises Refused naming the field."""
    configuration = await get_administration(connection, run.administration)
    check_booking(form.booking.wish(run.employee), configuration)
    check_tolerance(form, configuration)
    rules_of(form, configuration)
    selected_on_its_journal(form, configuration)
    key = ProposalKey(run.administration, run.run_id)
    await store.add_proposal(connection, key, form, Holder(run.employee, expires_at))
    asked = {"proposal_id": str(key.proposal_id), "form": form.model_dump(mode="json")}
    await run.queue(connection, BUILD, asked)


def proposal_of(job: Job) -> ProposalKey:
    """The proposal that a run builds or executes."""
    return ProposalKey(job.administration, UUID(job.parameters["proposal_id"]))


async def advance_building(connection: Connection, job: Job) -> Step:
    """Propose for the next chunk of parties, and reserve what is proposed."""
    key = proposal_of(job)
    proposal = await store.get_proposal(connection, key)
    form = SelectionForm.model_validate_json(proposal["form"])
    nothing: dict[str, Any] = {"after": "", "groups": 0, "later_items": 0} | nothing_found("left-alone")
    cursor = nothing | (job.cursor or {})
    parties = await run_store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        await store.set_state(connection, key, "open")
        return await last_step(connection, job, form.criteria, cursor)
    accounts = PartyChunk(job.administration, parties)
    await run_store.lock_accounts(connection, accounts)
    configuration = await get_administration(connection, job.administration)
    own = form.model_copy(update={"criteria": selected_on_its_journal(form, configuration)})
    selected = await run_store.selected_items(connection, accounts, own)
    items, left_alone = await within_zero(connection, accounts, form, selected)
    order = order_of(form.settlement_order, configuration)
    groups = proposed_groups(items, form, configuration.base_currency, order)
    await store.add_groups(connection, key, groups, Holder(proposal["employee"], proposal["expires_at"]))
    findings = left_alone + await left_foreign(connection, accounts, form, configuration)
    await run_store.add_findings(connection, job.administration, job.job_id, findings)
    after = told(cursor, findings) | {
        "after": parties[-1],
        "groups": cursor["groups"] + len(groups),
        "later_items": cursor["later_items"]
        + await count_later(connection, accounts, form.criteria, form.booking.date),
    }
    return await next_step(connection, job, form.criteria, after)


async def reopen(connection: Connection, job: Job, failure: Failure) -> None:
    """Open a proposal again whose building or execution ended before its end, and keep why.

    What was proposed until then can be marked and executed, or discarded; what was matched stays matched.
    """
    what = "building" if job.kind == BUILD else "execution"
    await store.set_state(connection, proposal_of(job), "open", {**failure, "run": what})


async def find_proposal(connection: Connection, key: ProposalKey) -> FoundProposal:
    """A proposal as it stands; raises NotFound."""
    return FoundProposal(await store.get_proposal(connection, key), await store.totals(connection, key))


async def find_parties(
    connection: Connection, key: ProposalKey, stretch: Stretch[AccountPlace]
) -> list[asyncpg.Record]:
    """The parties of a proposal with their balances and counts, marked and unmarked."""
    return await store.parties(connection, key, stretch)


async def find_items(
    connection: Connection, key: ProposalKey, party_id: str | None, stretch: Stretch[ProposedItemPlace]
) -> list[asyncpg.Record]:
    """The proposed items, group by group, of one party or of all."""
    return await store.items(connection, key, party_id, stretch)


async def mark(
    connection: Connection, key: ProposalKey, employee: str, scope: MarkScope, *, marked: bool
) -> tuple[int, int]:
    """Mark or unmark; gives how many marks changed, and how many of other people stay as they are.

    Raises Conflict when a named item was marked by somebody else, NotFound when what is named is not there.
    """
    await open_proposal(connection, key)
    await _check_proposed(connection, key, scope)
    if scope.items:
        for row in await store.marked_by_others(connection, key, scope.items, employee):
            named = f"{row['party_id']}/{row['item_id']}"
            if row["marked_by"] is None:
                raise NotFound(
                    "not-proposed",
                    "The proposal has no item {named}.",
                    named=named,
                    field="items",
                    remedy="See what is proposed.",
                )
            raise Conflict(
                "marked-by-other",
                "Item {named} was marked by {marked_by}.",
                named=named,
                marked_by=row["marked_by"],
                field="items",
                remedy="Ask {marked_by} to unmark it.",
            )
    of_others = 0 if scope.items else await store.count_marks_of_others(connection, key, employee, scope)
    return await store.mark(connection, key, employee, scope, marked=marked), of_others


async def _check_proposed(connection: Connection, key: ProposalKey, scope: MarkScope) -> None:
    missing = await store.not_proposed(connection, key, scope)
    if missing:
        is_party = missing["group_number"] is None
        raise NotFound(
            "not-proposed",
            "The proposal has no party {party_id}." if is_party else "The proposal has no group {party_id}/{number}.",
            party_id=missing["party_id"],
            number=missing["group_number"],
            field="parties" if is_party else "groups",
            remedy="See what is proposed.",
        )


async def discard(connection: Connection, key: ProposalKey) -> None:
    """Give a proposal up and let go of what it holds."""
    await open_proposal(connection, key)
    await store.close_proposal(connection, key, "discarded")


async def open_proposal(connection: Connection, key: ProposalKey) -> asyncpg.Record:
    """A proposal that can be marked, executed or discarded, locked; raises NotFound, or Conflict naming its state."""
    proposal = await store.get_proposal(connection, key, lock=True)
    if proposal["state"] != "open":
        raise Conflict(
            "proposal-not-open",
            "The proposal is {state}.",
            state=_STATES.get(proposal["state"], proposal["state"]),
            field="proposal_id",
            remedy="Make a new proposal.",
        )
    return proposal


def fingerprint(proposal: asyncpg.Record, totals: Sequence[asyncpg.Record]) -> str:
    """A digest of what exactly is marked now: another mark, another fingerprint."""
    facts = [str(proposal["proposal_id"]), proposal["revision"]]
    facts += [(row["currency"], row["marked_items"], row["marked_amount"], row["marked_charges"]) for row in totals]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:FINGERPRINT_CHARACTERS]
