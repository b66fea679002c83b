"""Runs that match at once, over any number of parties, a chunk of them per transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from chassis.database import Connection
from chassis.jobs import Job, Step
from chassis.outbox import publish
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from read_model.postings import identity_of
from services.matching.domain.authority import check_tolerance
from services.matching.domain.booking import (
    check_booking,
    find_journal,
)
from services.matching.domain.differences import rules_of, selected_on_its_journal
from services.matching.domain.findings import Finding, nothing_found, told
from services.matching.domain.forms import SelectionForm, SettlementForm
from services.matching.domain.grouping import (
    GroupOutcome,
    MatchTerms,
    match_group,
)
from services.matching.domain.ledger import LedgerItem, PartyChunk
from services.matching.domain.proposing import MatchGroup, not_mixed, propose, propose_mixed
from services.matching.domain.settlement_order import BEFORE_THE_PRINCIPAL, Order
from services.matching.operations.run_steps import (
    NOTHING_PASSED_OVER,
    NewRun,
    carried_out,
    last_step,
    next_step,
    with_passed_over,
)
from services.matching.operations.zero_balances import DayLimits, last_days, zero_parties
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from services.matching.store import runs as store
from services.matching.store.passed_over import foreign_accounts, passed_over
from services.matching.store.runs import NOTHING_UNDONE, SettledInCurrency, SettlementLimits, Undone, add_findings
from services.matching.store.zero_balances import LastDays

KIND = "settle-oldest-first"
NOTHING_DONE: dict[str, Any] = {
    "after": "",
    "undone": 0,
    "undone_by_hand": 0,
    "later_matches": 0,
    "totals": {},
    **NOTHING_PASSED_OVER,
} | nothing_found("left-alone", "suggestion")
"""How the result of a run begins, and where."""


@dataclass(frozen=True, slots=True)
class SettlementChunk:
    """Locked accounts, and what a run does with them."""

    accounts: PartyChunk
    form: SettlementForm
    terms: MatchTerms

    @property
    def base_currency(self) -> str:
        """The currency of the administration's books."""
        return self.terms.booking.base_currency


@dataclass(frozen=True, slots=True)
class ChunkOutcome:
    """What became of a chunk: what was settled, what is left to a person and why, and what was undone before."""

    settled: list[SettledInCurrency]
    findings: list[Finding] = field(default_factory=list)
    undone: Undone = NOTHING_UNDONE
    later_matches: int = 0


async def left_foreign(
    connection: Connection, accounts: PartyChunk, form: SelectionForm, configuration: AdministrationConfigured
) -> list[Finding]:
    """What the form's own criteria would have a run settle in currencies that its journal does not allow."""
    if find_journal(form.booking.journal, configuration).allows_foreign_currency:
        return []
    return await foreign_accounts(connection, accounts, form, configuration.base_currency)


async def queue_settlement(connection: Connection, run: NewRun, form: SettlementForm) -> None:
    """Check what a run asks, and queue it; raises Refused naming the field."""
    configuration = await get_administration(connection, run.administration)
    check_booking(form.booking.wish(run.employee), configuration)
    check_tolerance(form, configuration)
    rules_of(form, configuration)
    selected_on_its_journal(form, configuration)
    await run.queue(connection, KIND, form.model_dump(mode="json"))


async def advance_settlement(connection: Connection, job: Job) -> Step:
    """Match the next chunk of parties of a run."""
    form = SettlementForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    wish = form.booking.wish(job.employee, settlement_information=form.settlement_information)
    booking = replace(check_booking(wish, configuration), run_id=job.job_id)
    cursor = NOTHING_DONE | {"dry_run": form.dry_run} | (job.cursor or {})
    parties = await store.next_parties(
        connection, job.administration, form.criteria, cursor["after"], settled=form.undo_first
    )
    if not parties:
        return await last_step(connection, job, form.criteria, cursor)
    accounts = PartyChunk(job.administration, parties)
    # Locked before anything is read, in the one order of all locks: what is decided on cannot change any more.
    await store.lock_accounts(connection, accounts)
    criteria = selected_on_its_journal(form, configuration)
    own = form.model_copy(update={"criteria": criteria})
    chunk = SettlementChunk(
        await zero_parties(connection, accounts, own), own, MatchTerms(booking, rules_of(form, configuration))
    )
    # What a run passes over it leaves as it is, so that it can be counted before the chunk's rows change.
    held = await passed_over(connection, accounts, criteria, form.booking.date)
    async with carried_out(connection, only_tried=form.dry_run):
        done = await _settle(connection, chunk)
    findings = done.findings + await left_foreign(connection, accounts, form, configuration)
    await add_findings(connection, job.administration, job.job_id, findings)
    # The cursor carries the run's result so far, so that a crash after this chunk loses nothing of it.
    after = (
        cursor
        | with_passed_over(cursor, held)
        | told(cursor, findings)
        | {
            "after": parties[-1],
            "undone": cursor["undone"] + done.undone.matches,
            "undone_by_hand": cursor["undone_by_hand"] + done.undone.by_hand,
            "later_matches": cursor["later_matches"] + done.later_matches,
            "totals": _added(cursor["totals"], done.settled),
        }
    )
    return await next_step(connection, job, form.criteria, after)


async def _settle(connection: Connection, chunk: SettlementChunk) -> ChunkOutcome:
    limits = await last_days(connection, chunk.accounts, chunk.form)
    if not chunk.form.undo_first:
        return await _match(connection, chunk, limits)
    # What settled items of the chunk that the run may settle anew; later matches stay as they are.
    selection, booking = store.criteria_json(chunk.form), chunk.terms.booking
    earlier = await store.earlier_settlements(connection, chunk.accounts, selection, booking.match_date, limits.days)
    undone = await store.reverse_matches(connection, chunk.accounts, booking, earlier.match_ids)
    return replace(await _match(connection, chunk, limits), undone=undone, later_matches=earlier.later)


async def _match(connection: Connection, chunk: SettlementChunk, limits: DayLimits) -> ChunkOutcome:
    form = chunk.form
    leaves_remainders = form.tolerance > 0 and form.difference_code == "no-write-off"
    if form.method == "reference" or form.mix_currencies:
        return await match_proposed(connection, chunk)
    if form.method == "opposite-items":
        settled = await store.match_opposite_items(connection, chunk.accounts, form, chunk.terms.booking)
        return ChunkOutcome(settled + ((await match_proposed(connection, chunk)).settled if form.tolerance else []))
    settled = await _settle_in_order(connection, chunk, limits.days)
    if form.method == "account-balance" and leaves_remainders:
        proposed = await match_proposed(connection, chunk)
        return ChunkOutcome(settled + proposed.settled, proposed.findings)
    return ChunkOutcome(settled, limits.crossed)


async def _settle_in_order(
    connection: Connection, chunk: SettlementChunk, days: LastDays | None
) -> list[SettledInCurrency]:
    """Settle as far as the credits go, and where costs and interest come first, first those.

    What a credit leaves after the costs goes to the interest, and the rest to what is left, each from the oldest: so
    the statement stays the one that reads the ledger in the order of its key.
    """
    form, accounts = chunk.form, chunk.accounts
    if chunk.terms.rules.order == "by-date" or form.method == "account-balance":
        return await store.settle(connection, accounts, form, chunk.terms, SettlementLimits(days))
    for kind in BEFORE_THE_PRINCIPAL:
        await store.settle(connection, accounts, form, chunk.terms, SettlementLimits(days, (kind,)))
    await store.settle(connection, accounts, form, chunk.terms, SettlementLimits(days))
    run_id = chunk.terms.booking.run_id
    assert run_id, "a chunk is one of a run"
    return await store.settled_of_run(connection, accounts, run_id)


async def match_proposed(connection: Connection, chunk: SettlementChunk) -> ChunkOutcome:
    """Match what the method proposes among the selected items of locked accounts, group by group.

    What needs a person's mark is left open and said.
    """
    items = await store.selected_items(connection, chunk.accounts, chunk.form)
    groups = proposed_groups(items, chunk.form, chunk.base_currency, chunk.terms.rules.order)
    ids = await match_store.new_ids(connection, len(groups))
    outcomes = [
        outcome
        for group, match_id in zip(groups, ids, strict=True)
        if not (group.is_suggestion or group.is_cut)
        and (outcome := match_group(group.items, chunk.terms, match_id, closes=group.closes))
    ]
    await append_outcomes(connection, outcomes)
    return ChunkOutcome(_counted(outcomes), _left_to_people(groups, items, chunk))


def _left_to_people(groups: Sequence[MatchGroup], items: Sequence[LedgerItem], chunk: SettlementChunk) -> list[Finding]:
    """What is only suggested, and what is too long for one entry or cannot be compared in the base currency."""
    suggested = [
        Finding(
            kind="suggestion",
            party_id=group.party_id,
            code=group.reason["code"],
            currency=group.currency,
            item_ids=tuple(item.item_id for item in group.items),
        )
        for group in groups
        if group.is_suggestion
    ]
    left: list[tuple[str, str | None, str]] = [
        (group.party_id, group.currency, "too-many-items") for group in groups if group.is_cut
    ]
    if chunk.form.mix_currencies:
        left += [(party_id, None, code) for party_id, code in not_mixed(items, chunk.base_currency)]
    return suggested + [
        Finding(kind="left-alone", party_id=party_id, code=code, currency=currency) for party_id, currency, code in left
    ]


def proposed_groups(
    items: Sequence[LedgerItem], form: SelectionForm, base_currency: str, order: Order
) -> list[MatchGroup]:
    """What the form's method proposes among selected items."""
    if form.mix_currencies:
        return propose_mixed(items, form.tolerance, base_currency)
    return propose(form.method, items, form.tolerance, order)


async def append_outcomes(connection: Connection, outcomes: Sequence[GroupOutcome]) -> None:
    """Book matches, post the remainders that they leave, and tell of both."""
    remainders = [outcome.remainder for outcome in outcomes if outcome.remainder]
    await item_store.post_items(connection, {identity_of(remainder): remainder for remainder in remainders})
    await publish(connection, *remainders)
    await match_store.append_matches(connection, [outcome.entry for outcome in outcomes])


def _counted(outcomes: Sequence[GroupOutcome]) -> list[SettledInCurrency]:
    counts = Counter(outcome.entry.currency for outcome in outcomes)
    settled = []
    for currency in sorted(counts):
        entries = [outcome.entry for outcome in outcomes if outcome.entry.currency == currency]
        lines = [line for entry in entries for line in entry.lines]
        settled.append(
            SettledInCurrency(
                currency=currency,
                parties=len({entry.party_id for entry in entries}),
                matches=len(entries),
                items=len(lines),
                amount=-sum(line.amount for line in lines if line.amount < 0),
            )
        )
    return settled


def _added(totals: dict[str, Any], settled: Sequence[SettledInCurrency]) -> dict[str, Any]:
    summed = {currency: dict(total) for currency, total in totals.items()}
    for part in settled:
        total = summed.setdefault(part.currency, {"parties": 0, "matches": 0, "items": 0, "amount": 0})
        for name in total:
            total[name] += asdict(part)[name]
    return summed
