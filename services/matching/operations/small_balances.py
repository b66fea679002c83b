"""Small balances of parties or items, cleared against payment differences or a write-off journal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, Step
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.matching.domain.amounts import line_of
from services.matching.domain.booking import check_booking, check_write_off_journal, find_journal
from services.matching.domain.findings import Finding, nothing_found, told
from services.matching.domain.forms import SelectionForm, SmallBalanceForm
from services.matching.domain.ledger import MAX_ALLOCATIONS, Booking, Contra, Entry, LedgerItem, PartyChunk
from services.matching.operations.run_steps import (
    NOTHING_PASSED_OVER,
    NewRun,
    carried_out,
    last_step,
    next_step,
    with_passed_over,
)
from services.matching.store import matches as match_store
from services.matching.store import runs as store
from services.matching.store.passed_over import passed_over
from services.matching.store.runs import add_findings

KIND = "clear-small-balances"
NOTHING_CLEARED: dict[str, Any] = {
    "after": "",
    "matches": 0,
    "items": 0,
    "totals": {},
    **NOTHING_PASSED_OVER,
} | nothing_found("left-alone")
"""How the result of a run begins, and where."""


def contra_of(form: SmallBalanceForm, configuration: AdministrationConfigured) -> Contra:
    """Against what balances are cleared, with no amount yet; raises Refused naming the field."""
    if form.write_off_journal:
        check_write_off_journal(find_journal(form.write_off_journal, configuration))
        return Contra(kind="write-off", amount=0, journal=form.write_off_journal)
    if configuration.gl_links.payment_differences is None:
        raise Refused(
            "no-difference-account",
            "The administration links no account to payment differences.",
            field="write_off_journal",
            remedy="Name a write-off journal, or configure gl_links.payment_differences.",
        )
    return Contra(kind="payment-difference", amount=0, gl_account=configuration.gl_links.payment_differences)


async def queue_small_balances(connection: Connection, run: NewRun, form: SmallBalanceForm) -> None:
    """Check what is asked, and queue the run; raises Refused naming the field."""
    configuration = await get_administration(connection, run.administration)
    check_booking(form.booking.wish(run.employee), configuration)
    contra_of(form, configuration)
    await run.queue(connection, KIND, form.model_dump(mode="json"))


async def advance_small_balances(connection: Connection, job: Job) -> Step:
    """Clear what is small of the next chunk of parties."""
    form = SmallBalanceForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    booking = replace(check_booking(form.booking.wish(job.employee), configuration), run_id=job.job_id)
    cursor = NOTHING_CLEARED | {"dry_run": form.dry_run} | (job.cursor or {})
    parties = await store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        return await last_step(connection, job, form.criteria, cursor)
    accounts = PartyChunk(job.administration, parties)
    # Locked before anything is read, in the one order of all locks: what is decided on cannot change any more.
    await store.lock_accounts(connection, accounts)
    selection = SelectionForm(criteria=form.criteria, booking=form.booking)
    items = await store.selected_items(connection, accounts, selection)
    held = await passed_over(connection, accounts, form.criteria)
    groups, findings = small_groups(items, form)
    ids = await match_store.new_ids(connection, len(groups))
    contra = contra_of(form, configuration)
    entries = [_entry(group, booking, contra, match_id) for group, match_id in zip(groups, ids, strict=True)]
    async with carried_out(connection, only_tried=form.dry_run):
        await match_store.append_matches(connection, entries)
    await add_findings(connection, job.administration, job.job_id, findings)
    # The cursor carries the run's result so far, so that a crash after this chunk loses nothing of it.
    after = (
        cursor
        | with_passed_over(cursor, held)
        | told(cursor, findings)
        | {
            "after": parties[-1],
            "matches": cursor["matches"] + len(entries),
            "items": cursor["items"] + sum(len(entry.lines) for entry in entries),
            "totals": _added(cursor["totals"], entries),
        }
    )
    return await next_step(connection, job, form.criteria, after)


def _added(totals: dict[str, Any], entries: Sequence[Entry]) -> dict[str, Any]:
    """What was cleared per currency; `amount` is what the accounts owe less by it, credits counted against charges."""
    summed = {currency: dict(total) for currency, total in totals.items()}
    for entry in entries:
        total = summed.setdefault(entry.currency, {"matches": 0, "items": 0, "amount": 0})
        total["matches"] += 1
        total["items"] += len(entry.lines)
        total["amount"] -= sum(line.amount for line in entry.lines)
    return summed


def small_groups(items: Sequence[LedgerItem], form: SmallBalanceForm) -> tuple[list[list[LedgerItem]], list[Finding]]:
    """The items of each party and currency that are cleared together, and the accounts that are too long for that."""
    accounts: dict[tuple[str, str], list[LedgerItem]] = defaultdict(list)
    for item in items:
        if form.per == "party" or abs(item.open_amount) <= form.limit:
            accounts[item.party_id, item.currency].append(item)
    if form.per == "item":
        starts = [(account, low) for account in accounts.values() for low in range(0, len(account), MAX_ALLOCATIONS)]
        return [account[low : low + MAX_ALLOCATIONS] for account, low in starts], []
    small = [account for account in accounts.values() if abs(sum(item.open_amount for item in account)) <= form.limit]
    too_long = [account[0] for account in small if len(account) > MAX_ALLOCATIONS]
    return [account for account in small if len(account) <= MAX_ALLOCATIONS], [
        Finding(kind="left-alone", party_id=item.party_id, code="too-many-items", currency=item.currency)
        for item in too_long
    ]


def _entry(items: Sequence[LedgerItem], booking: Booking, contra: Contra, match_id: UUID) -> Entry:
    lines = [line_of(item, item.open_amount, booking.base_currency) for item in items]
    amount = -sum(line.amount for line in lines)
    known = all(line.base_amount is not None for line in lines)
    base = -sum(line.base_amount or 0 for line in lines) if known else 0
    return Entry(
        administration=items[0].administration,
        party_id=items[0].party_id,
        match_id=match_id,
        method="small-balance",
        currency=items[0].currency,
        booking=booking,
        lines=lines,
        contra=replace(contra, amount=amount, base_amount=base) if amount else None,
        reason=contra.journal,
    )
