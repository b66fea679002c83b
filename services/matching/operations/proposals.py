"""Previewed runs: proposed and reserved, marked, then executed with every item checked once more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.jobs import Job, NewJob, Step, add_job
from chassis.sentences import Sentence, joined
from read_model.parties import get_administration
from services.matching.domain.amounts import in_money
from services.matching.domain.booking import check_booking
from services.matching.domain.forms import SelectionForm
from services.matching.domain.grouping import Outcome, Rules, match_group
from services.matching.domain.ledger import Booking, LedgerItem
from services.matching.operations.run_steps import last_step, next_step, result_of
from services.matching.operations.settlement import append_outcomes, proposed_groups, rules_of
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from services.matching.store import proposals as store
from services.matching.store import runs as run_store
from services.matching.store.proposals import ProposalKey

BUILD = "build-proposal"
EXECUTE = "execute-proposal"
FINGERPRINT_CHARACTERS = 16

How = tuple[Booking, Rules]

_STATES = {
    "building": Sentence("building"),
    "executing": Sentence("executing"),
    "executed": Sentence("executed"),
    "discarded": Sentence("discarded"),
}


async def queue_proposal(
    connection: Connection, key: ProposalKey, form: SelectionForm, employee: str, expires_at: datetime
) -> None:
    """Check what is asked and queue the building of a proposal; raises Refused naming the field."""
    administration, proposal_id = key
    configuration = await get_administration(connection, administration)
    check_booking(form.booking.wish(employee), configuration)
    rules_of(form, configuration)
    await store.add_proposal(connection, key, form, employee, expires_at)
    await _queue(connection, key, proposal_id, BUILD, employee)


async def _queue(connection: Connection, key: ProposalKey, job_id: UUID, kind: str, employee: str) -> None:
    job = NewJob(
        job_id=job_id,
        kind=kind,
        administration=key[0],
        employee=employee,
        parameters={"proposal_id": str(key[1])},
    )
    await add_job(connection, job)


async def advance_building(connection: Connection, job: Job) -> Step:
    """Propose for the next chunk of parties, and reserve what is proposed."""
    key = (job.administration, UUID(job.parameters["proposal_id"]))
    proposal = await store.get_proposal(connection, key)
    form = SelectionForm.model_validate_json(proposal["form"])
    cursor = job.cursor or {"after": "", "groups": 0}
    parties = await run_store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        await store.set_state(connection, key, "open")
        return await last_step(connection, job, form.criteria, cursor)
    await run_store.lock_accounts(connection, job.administration, parties)
    items = await run_store.selected_items(connection, job.administration, parties, form)
    configuration = await get_administration(connection, job.administration)
    groups = proposed_groups(items, form, configuration.base_currency)
    await store.add_groups(connection, key, groups, (proposal["employee"], proposal["expires_at"]))
    after = {"after": parties[-1], "groups": cursor["groups"] + len(groups)}
    return await next_step(connection, job, form.criteria, after)


async def mark(
    connection: Connection, key: ProposalKey, employee: str, which: dict[str, Any], *, marked: bool
) -> tuple[int, int]:
    """Mark or unmark; gives how many marks changed, and how many of other people stay as they are.

    Raises Conflict when a named item was marked by somebody else, NotFound when what is named is not there.
    """
    await _open_proposal(connection, key)
    missing = await store.not_proposed(connection, key, which)
    if missing:
        party_id, number = missing
        raise NotFound(
            "not-proposed",
            "The proposal has no party {party_id}."
            if number is None
            else "The proposal has no group {party_id}/{number}.",
            party_id=party_id,
            number=number,
            field="parties" if number is None else "groups",
        )
    if which.get("items"):
        for row in await store.marked_by_others(connection, key, which["items"], employee):
            named = f"{row['party_id']}/{row['item_id']}"
            if row["marked_by"] is None:
                raise NotFound("not-proposed", "The proposal has no item {named}.", named=named, field="items")
            raise Conflict(
                "marked-by-other",
                "Item {named} was marked by {marked_by}.",
                named=named,
                marked_by=row["marked_by"],
                field="items",
                remedy="Ask {marked_by} to unmark it.",
            )
    of_others = 0 if which.get("items") else await store.count_marks_of_others(connection, key, employee, which)
    return await store.mark(connection, key, employee, which, marked=marked), of_others


async def discard(connection: Connection, key: ProposalKey) -> None:
    """Give a proposal up and let go of what it holds."""
    await _open_proposal(connection, key)
    await store.close_proposal(connection, key, "discarded")


async def _open_proposal(connection: Connection, key: ProposalKey) -> asyncpg.Record:
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
    """Names what exactly is marked now: another mark, another fingerprint."""
    facts = [str(proposal["proposal_id"]), proposal["revision"]]
    facts += [(row["currency"], row["marked_items"], row["marked_amount"], row["marked_charges"]) for row in totals]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:FINGERPRINT_CHARACTERS]


def _marked_now(totals: Sequence[asyncpg.Record]) -> Sentence:
    marked = [
        Sentence(
            "{count} items of {amount}",
            count=row["marked_items"],
            amount=in_money(row["marked_amount"], row["currency"]),
        )
        for row in totals
        if row["marked_items"]
    ]
    return joined(marked, "; ") if marked else Sentence("nothing")


async def queue_execution(
    connection: Connection, key: ProposalKey, job_id: UUID, approved: tuple[str, str], now: datetime
) -> None:
    """Queue the execution of what is marked; `approved` is the fingerprint and who gives it.

    Raises Conflict when the marks changed since the fingerprint was read or the reservation expired, Refused when
    nothing is marked or the booking is not possible any more.
    """
    named, employee = approved
    proposal = await _open_proposal(connection, key)
    if proposal["expires_at"] <= now:
        raise Conflict(
            "reservation-expired",
            "The proposal held its items until {instant}.",
            instant=proposal["expires_at"].isoformat(),
            field="proposal_id",
            remedy="Make a new proposal.",
        )
    totals = await store.totals(connection, key)
    if fingerprint(proposal, totals) != named:
        raise Conflict(
            "stale-fingerprint",
            "The marks changed since the fingerprint was read. Marked now: {marked}.",
            marked=_marked_now(totals),
            field="fingerprint",
            remedy="Read the proposal again, and execute it with its fingerprint of now.",
        )
    if not any(row["marked_items"] for row in totals):
        raise Refused("nothing-marked", "No item is marked.", field="proposal_id", remedy="Mark what goes together.")
    form = SelectionForm.model_validate_json(proposal["form"])
    check_booking(form.booking.wish(employee), await get_administration(connection, key[0]))
    await store.set_state(connection, key, "executing")
    await _queue(connection, key, job_id, EXECUTE, employee)


async def advance_execution(connection: Connection, job: Job) -> Step:
    """Match what is marked of the next chunk of parties, and drop, visibly, what changed."""
    key = (job.administration, UUID(job.parameters["proposal_id"]))
    proposal = await store.get_proposal(connection, key)
    form = SelectionForm.model_validate_json(proposal["form"])
    cursor = job.cursor or {"after": "", "matches": 0, "dropped": 0}
    parties = await store.next_marked_parties(connection, key, cursor["after"])
    if not parties:
        await store.close_proposal(connection, key, "executed")
        return Step(None, job.done, job.done, result_of(cursor))
    configuration = await get_administration(connection, job.administration)
    total = job.total or await store.count_marked_parties(connection, key)
    wish = form.booking.wish(job.employee, settlement_information=form.settlement_information)
    booking = replace(check_booking(wish, configuration), run_id=job.job_id)
    await run_store.lock_accounts(connection, job.administration, parties)
    rows = await store.marked_items(connection, key, parties)
    keys = [(job.administration, row["party_id"], row["item_id"]) for row in rows]
    loaded = await item_store.load_items(connection, keys)
    items = {(item.party_id, item.item_id): item for item in loaded.values()}
    matched, noted = await _match_marked(connection, items, rows, (booking, rules_of(form, configuration)))
    await store.set_outcomes(connection, key, noted)
    dropped = sum(outcome != "matched" for _, _, outcome, _ in noted)
    after = {
        "after": parties[-1],
        "matches": cursor["matches"] + matched,
        "dropped": cursor["dropped"] + dropped,
    }
    return Step(after, job.done + len(parties), total)


Noted = list[tuple[str, str, str, UUID | None]]
"""What became of items: (party_id, item_id, outcome, match_id)."""


async def _match_marked(
    connection: Connection, items: dict[tuple[str, str], LedgerItem], rows: Sequence[asyncpg.Record], how: How
) -> tuple[int, Noted]:
    ids = iter(await match_store.new_ids(connection, len(rows)))
    outcomes: list[Outcome] = []
    noted: Noted = []
    for _, group in groupby(rows, key=lambda row: (row["party_id"], row["group_number"])):
        members = list(group)
        kept, dropped = _recheck(members, items)
        outcome, code = _match_kept(kept, how, next(ids), closes=members[0]["closes"])
        outcomes += [outcome] if outcome else []
        noted += dropped + _noted(kept, outcome, code)
    await append_outcomes(connection, outcomes)
    return len(outcomes), noted


def _recheck(
    members: Sequence[asyncpg.Record], items: dict[tuple[str, str], LedgerItem]
) -> tuple[list[LedgerItem], Noted]:
    kept: list[LedgerItem] = []
    dropped: Noted = []
    for row in members:
        item = items[row["party_id"], row["item_id"]]
        if item.is_held:
            dropped.append((item.party_id, item.item_id, "held-meanwhile", None))
        elif item.open_amount != row["open_amount"]:
            dropped.append((item.party_id, item.item_id, "changed-meanwhile", None))
        else:
            kept.append(item)
    return kept, dropped


def _match_kept(kept: Sequence[LedgerItem], how: How, match_id: UUID, *, closes: bool) -> tuple[Outcome | None, str]:
    if not kept:
        return None, "no-counterpart"
    try:
        return match_group(kept, how[0], how[1], match_id, closes=closes), "no-counterpart"
    except Refused as refusal:
        return None, refusal.code


def _noted(kept: Sequence[LedgerItem], outcome: Outcome | None, code: str) -> Noted:
    settled = {line.item_id for line in outcome.entry.lines} if outcome else set()
    match_id = outcome.entry.match_id if outcome else None
    return [
        (
            item.party_id,
            item.item_id,
            "matched" if item.item_id in settled else code,
            match_id if item.item_id in settled else None,
        )
        for item in kept
    ]
