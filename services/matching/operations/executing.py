"""A proposal executed: what is marked is matched, every item checked once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, Refused
from chassis.fingerprints import names
from chassis.jobs import Job, Step
from chassis.sentences import Sentence, joined
from read_model.parties import get_administration
from services.matching.domain.amounts import in_money
from services.matching.domain.authority import check_tolerance
from services.matching.domain.booking import check_booking
from services.matching.domain.differences import rules_of
from services.matching.domain.forms import SelectionForm
from services.matching.domain.grouping import GroupOutcome, MatchTerms, match_group
from services.matching.domain.ledger import ItemKey, LedgerItem, PartyChunk, ProposalKey
from services.matching.domain.marking import GroupKey, MarkOutcome
from services.matching.operations.proposals import fingerprint, open_proposal, proposal_of
from services.matching.operations.run_steps import NewRun, result_of
from services.matching.operations.settlement import append_outcomes
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from services.matching.store import proposals as store
from services.matching.store import runs as run_store

EXECUTE = "execute-proposal"


async def queue_execution(connection: Connection, run: NewRun, proposal_id: UUID, approved: str, now: datetime) -> None:
    """Queue the execution of what is marked; `approved` is the fingerprint of what was looked at.

    Raises Conflict when the marks changed since the fingerprint was read or the reservation expired, Refused when
    nothing is marked or the booking is not possible any more.
    """
    key = ProposalKey(run.administration, proposal_id)
    proposal = await open_proposal(connection, key)
    if proposal["expires_at"] <= now:
        raise Conflict(
            "reservation-expired",
            "The proposal held its items until {instant}.",
            instant=proposal["expires_at"].isoformat(),
            field="proposal_id",
            remedy="Make a new proposal.",
        )
    # The fingerprint covers every mark and the totals: what was looked at is what is executed.
    totals = await store.totals(connection, key)
    if not names(approved, fingerprint(proposal, totals)):
        raise Conflict(
            "stale-fingerprint",
            "The marks changed since the fingerprint was read. Marked now: {marked}.",
            marked=_marked_now(totals),
            field="fingerprint",
            remedy="Read the proposal again, and execute it with its fingerprint of now.",
        )
    if not any(row["marked_items"] for row in totals):
        raise Refused("nothing-marked", "No item is marked.", field="proposal_id", remedy="Mark what goes together.")
    # The period may have been closed since the proposal was made, what is tolerated lowered: better refused now than
    # by the run.
    form = SelectionForm.model_validate_json(proposal["form"])
    configuration = await get_administration(connection, run.administration)
    check_booking(form.booking.wish(run.employee), configuration)
    check_tolerance(form, configuration)
    await store.set_state(connection, key, "executing")
    asked = {"proposal_id": str(proposal_id), "form": form.model_dump(mode="json")}
    await run.queue(connection, EXECUTE, asked)


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


async def advance_execution(connection: Connection, job: Job) -> Step:
    """Match what is marked of the next chunk of parties, and drop, visibly, what changed."""
    key = proposal_of(job)
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
    await run_store.lock_accounts(connection, PartyChunk(job.administration, parties))
    rows = await store.marked_items(connection, key, parties)
    keys = [(job.administration, row["party_id"], row["item_id"]) for row in rows]
    items = await item_store.load_items(connection, keys)
    marked = _Marked(job.administration, items, MatchTerms(booking, rules_of(form, configuration)))
    matches, outcomes = await _match_marked(connection, marked, rows)
    await store.set_outcomes(connection, key, outcomes)
    dropped = sum(outcome.code != "matched" for outcome in outcomes)
    after = {
        "after": parties[-1],
        "matches": cursor["matches"] + matches,
        "dropped": cursor["dropped"] + dropped,
    }
    return Step(after, job.done + len(parties), total)


@dataclass(frozen=True, slots=True)
class _Marked:
    """The marked items of a chunk as they are now, and how they are matched."""

    administration: str
    items: Mapping[ItemKey, LedgerItem]
    terms: MatchTerms

    def now(self, row: asyncpg.Record) -> LedgerItem:
        """A proposed item as it is now."""
        return self.items[self.administration, row["party_id"], row["item_id"]]


@dataclass(frozen=True, slots=True)
class _MarkedGroup:
    """A group as it was marked: what of it is as it was proposed, and what became of the rest."""

    party_id: str
    closes: bool
    kept: list[LedgerItem]
    dropped: list[MarkOutcome]


async def _match_marked(
    connection: Connection, marked: _Marked, rows: Sequence[asyncpg.Record]
) -> tuple[int, list[MarkOutcome]]:
    """Match group by group what is as it was proposed; gives the number of matches, and what became of each item."""
    groups = [
        _recheck(list(members), marked)
        for _, members in groupby(rows, key=lambda row: GroupKey(row["party_id"], row["group_number"]))
    ]
    changed = _parties_changed(groups, marked.terms.rules.method)
    matched: list[GroupOutcome] = []
    outcomes: list[MarkOutcome] = []
    for group, match_id in zip(groups, await match_store.new_ids(connection, len(groups)), strict=True):
        outcome, code = _match_kept(group.kept, marked.terms, match_id, closes=group.closes)
        if group.party_id in changed or (outcome and group.closes and group.dropped):
            outcome, code = None, "balance-changed"
        matched += [outcome] if outcome else []
        outcomes += group.dropped + _outcomes(group.kept, outcome, code)
    await append_outcomes(connection, matched)
    return len(matched), outcomes


def _parties_changed(groups: Sequence[_MarkedGroup], method: str) -> set[str]:
    """Parties whose approved balance is not theirs any more, though what is left of it may happen to balance."""
    return {group.party_id for group in groups if group.dropped} if method == "account-balance" else set()


def _recheck(members: Sequence[asyncpg.Record], marked: _Marked) -> _MarkedGroup:
    """A group with the items that are as they were proposed, and those that are not."""
    group = _MarkedGroup(members[0]["party_id"], members[0]["closes"], [], [])
    for row in members:
        item = marked.now(row)
        if item.is_held:
            group.dropped.append(MarkOutcome(item.party_id, item.item_id, "held-meanwhile"))
        elif item.open_amount != row["open_amount"]:
            group.dropped.append(MarkOutcome(item.party_id, item.item_id, "changed-meanwhile"))
        elif item.earliest_on > marked.terms.booking.match_date:
            group.dropped.append(MarkOutcome(item.party_id, item.item_id, "earlier-than-item"))
        else:
            group.kept.append(item)
    return group


def _match_kept(
    kept: Sequence[LedgerItem], terms: MatchTerms, match_id: UUID, *, closes: bool
) -> tuple[GroupOutcome | None, str]:
    """The match of what is left of a group, if there is one, and the code for items that it does not settle."""
    if not kept:
        return None, "no-counterpart"
    try:
        return match_group(kept, terms, match_id, closes=closes), "no-counterpart"
    except Refused as refusal:
        return None, refusal.code


def _outcomes(kept: Sequence[LedgerItem], outcome: GroupOutcome | None, code: str) -> list[MarkOutcome]:
    settled = {line.item_id for line in outcome.entry.lines} if outcome else set()
    match_id = outcome.entry.match_id if outcome else None
    return [
        MarkOutcome(item.party_id, item.item_id, "matched", match_id)
        if item.item_id in settled
        else MarkOutcome(item.party_id, item.item_id, code)
        for item in kept
    ]
