"""Runs that match at once, over any number of parties, a chunk of them per transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.jobs import Job, NewJob, Step, add_job
from chassis.outbox import publish
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from read_model.postings import identity_of
from services.matching.domain.booking import check_booking, check_foreign_currency, find_journal
from services.matching.domain.findings import Finding, nothing_found, told
from services.matching.domain.forms import SelectionForm, SettlementForm
from services.matching.domain.grouping import Outcome, Rules, check_difference_account, match_group
from services.matching.domain.ledger import Booking, LedgerItem
from services.matching.domain.proposing import Group, not_mixed, propose, propose_mixed
from services.matching.operations.run_steps import carried_out, last_step, next_step
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from services.matching.store import runs as store
from services.matching.store.findings import add_findings
from services.matching.store.runs import NOTHING_UNDONE, Settled, Undone

KIND = "settle-oldest-first"
NOTHING_DONE: dict[str, Any] = {
    "after": "",
    "undone": 0,
    "undone_by_hand": 0,
    "held_items": 0,
    "totals": {},
} | nothing_found("left-alone", "suggestion")
"""How the result of a run begins, and where."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Locked accounts, and what a run does with them."""

    administration: str
    parties: Sequence[str]
    form: SettlementForm
    booking: Booking
    rules: Rules


Days = dict[tuple[str, str], date]
"""Up to which day an account, (party, currency), is settled."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which day each account is settled, None for no limit; and the accounts that are left alone."""

    days: Days | None
    crossed: list[Finding]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a chunk: what was settled, and what is left to a person, and why."""

    settled: list[Settled]
    findings: list[Finding] = field(default_factory=list)
    undone: Undone = NOTHING_UNDONE


def rules_of(form: SelectionForm, configuration: AdministrationConfigured) -> Rules:
    """How a form treats differences; raises Refused when there is nowhere to book them."""
    check_difference_account(form.difference_code, form.tolerance, configuration)
    if form.mix_currencies:
        check_foreign_currency(find_journal(form.booking.journal, configuration))
    return Rules(
        method=form.method,
        tolerance=form.tolerance,
        difference_code=form.difference_code,
        payment_differences=configuration.gl_links.payment_differences,
    )


async def queue_settlement(
    connection: Connection, administration: str, run_id: UUID, form: SettlementForm, employee: str
) -> None:
    """Check what a run asks, and queue it; raises Refused naming the field."""
    configuration = await get_administration(connection, administration)
    check_booking(form.booking.wish(employee), configuration)
    rules_of(form, configuration)
    await add_job(
        connection,
        NewJob(
            job_id=run_id,
            kind=KIND,
            administration=administration,
            employee=employee,
            parameters=form.model_dump(mode="json"),
        ),
    )


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
    await store.lock_accounts(connection, job.administration, parties)
    chunk = Chunk(job.administration, parties, form, booking, rules_of(form, configuration))
    async with carried_out(connection, only_tried=form.dry_run):
        done = await _settle(connection, chunk)
        held_items = await store.count_held(connection, job.administration, parties, form.criteria)
    await add_findings(connection, job.administration, job.job_id, done.findings)
    after = (
        cursor
        | told(cursor, done.findings)
        | {
            "after": parties[-1],
            "undone": cursor["undone"] + done.undone.matches,
            "undone_by_hand": cursor["undone_by_hand"] + done.undone.by_hand,
            "held_items": cursor["held_items"] + held_items,
            "totals": _added(cursor["totals"], done.settled),
        }
    )
    return await next_step(connection, job, form.criteria, after)


async def _settle(connection: Connection, chunk: Chunk) -> Done:
    limits = await _last_days(connection, chunk)
    if not chunk.form.undo_first:
        return await _match(connection, chunk, limits)
    undone = await _undo_first(connection, chunk, limits.days)
    return replace(await _match(connection, chunk, limits), undone=undone)


async def _undo_first(connection: Connection, chunk: Chunk, days: Days | None) -> Undone:
    """Undo what settled items of the chunk that the run may settle anew."""
    selection = store.criteria_json(chunk.form)
    earlier = await store.earlier_settlements(connection, chunk.administration, chunk.parties, selection, days)
    return await store.reverse_matches(connection, chunk.administration, chunk.parties, chunk.booking, earlier)


async def _match(connection: Connection, chunk: Chunk, limits: Limits) -> Done:
    form = chunk.form
    leaves_remainders = form.tolerance > 0 and form.difference_code == "no-write-off"
    if form.method == "reference" or form.mix_currencies:
        return await match_proposed(connection, chunk)
    if form.method == "opposite-items":
        settled = await store.match_opposite_items(connection, chunk.administration, chunk.parties, form, chunk.booking)
        return Done(settled + ((await match_proposed(connection, chunk)).settled if form.tolerance else []))
    settled = await store.settle(
        connection, chunk.administration, chunk.parties, (form, limits.days), (chunk.booking, chunk.rules)
    )
    if form.method == "account-balance" and leaves_remainders:
        proposed = await match_proposed(connection, chunk)
        return Done(settled + proposed.settled, proposed.findings)
    return Done(settled, limits.crossed)


async def match_proposed(connection: Connection, chunk: Chunk) -> Done:
    """Match what the method proposes among the selected items of locked accounts, group by group.

    What needs a person's mark is left open and said.
    """
    items = await store.selected_items(connection, chunk.administration, chunk.parties, chunk.form)
    groups = proposed_groups(items, chunk.form, chunk.booking.base_currency)
    ids = await match_store.new_ids(connection, len(groups))
    outcomes = [
        outcome
        for group, match_id in zip(groups, ids, strict=True)
        if not (group.is_suggestion or group.is_cut)
        and (outcome := match_group(group.items, chunk.booking, chunk.rules, match_id, closes=group.closes))
    ]
    await append_outcomes(connection, outcomes)
    return Done(_counted(outcomes), _left_to_people(groups, items, chunk))


def _left_to_people(groups: Sequence[Group], items: Sequence[LedgerItem], chunk: Chunk) -> list[Finding]:
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
        left += [(party_id, None, code) for party_id, code in not_mixed(items, chunk.booking.base_currency)]
    return suggested + [
        Finding(kind="left-alone", party_id=party_id, code=code, currency=currency) for party_id, currency, code in left
    ]


def proposed_groups(items: Sequence[LedgerItem], form: SelectionForm, base_currency: str) -> list[Group]:
    """What the form's method proposes among selected items."""
    if form.mix_currencies:
        return propose_mixed(items, form.tolerance, base_currency)
    return propose(form.method, items, form.tolerance)


async def append_outcomes(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Book matches, post the remainders that they leave, and tell of both."""
    remainders = [outcome.remainder for outcome in outcomes if outcome.remainder]
    await item_store.post_items(connection, {identity_of(remainder): remainder for remainder in remainders})
    await publish(connection, *remainders)
    await match_store.append_matches(connection, [outcome.entry for outcome in outcomes])


def _counted(outcomes: Sequence[Outcome]) -> list[Settled]:
    counts = Counter(outcome.entry.currency for outcome in outcomes)
    settled = []
    for currency in sorted(counts):
        entries = [outcome.entry for outcome in outcomes if outcome.entry.currency == currency]
        lines = [line for entry in entries for line in entry.lines]
        settled.append(
            Settled(
                currency=currency,
                parties=len({entry.party_id for entry in entries}),
                matches=len(entries),
                items=len(lines),
                amount=-sum(line.amount for line in lines if line.amount < 0),
            )
        )
    return settled


async def _last_days(connection: Connection, chunk: Chunk) -> Limits:
    """Up to which day each account is settled; read before anything is undone, so that what crosses is seen."""
    if not chunk.form.up_to_zero_balance:
        return Limits(None, [])
    days: Days = {}
    crossed = []
    for row in await store.zero_balance_days(connection, chunk.administration, chunk.parties):
        if row["crossing_match"]:
            crossed.append(
                Finding(
                    kind="left-alone",
                    party_id=row["party_id"],
                    code="settled-across-zero-balance-date",
                    currency=row["currency"],
                    match_id=row["crossing_match"],
                    zero_balance_date=row["day"],
                )
            )
        elif row["day"]:
            days[row["party_id"], row["currency"]] = row["day"]
    return Limits(days, crossed)


def _added(totals: dict[str, Any], settled: Sequence[Settled]) -> dict[str, Any]:
    summed = {currency: dict(total) for currency, total in totals.items()}
    for part in settled:
        total = summed.setdefault(part.currency, {"parties": 0, "matches": 0, "items": 0, "amount": 0})
        for name in total:
            total[name] += asdict(part)[name]
    return summed
