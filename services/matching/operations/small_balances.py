"""Small balances of parties or items, cleared against payment differences or a write-off journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, Step
from contracts.operators import AdministrationConfigured, Journal
from read_model.parties import get_administration
from services.matching.domain.amounts import line_of
from services.matching.domain.authority import check_small_balances
from services.matching.domain.booking import (
    check_booking,
    check_write_off_journal,
    find_journal,
    within_journal,
)
from services.matching.domain.chronology import check_match_day
from services.matching.domain.findings import nothing_found, told
from services.matching.domain.forms import SelectionForm, SmallBalanceForm
from services.matching.domain.ledger import Booking, Contra, Entry, LedgerItem, PartyChunk
from services.matching.domain.small_balances import SmallBalanceCaps, small_groups, without_foreign
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


def journals_of(form: SmallBalanceForm, configuration: AdministrationConfigured) -> list[Journal]:
    """The journals on which balances are cleared: that of the entries, and the one of write-offs if there is one."""
    codes = [form.booking.journal, *([form.write_off_journal] if form.write_off_journal else [])]
    return [find_journal(code, configuration) for code in codes]


def caps_of(form: SmallBalanceForm, configuration: AdministrationConfigured) -> SmallBalanceCaps:
    """What is small beside the limit: as the run says, and where it says nothing as the administration does."""
    policy = configuration.small_balances
    share, posted = form.open_share_percent, form.posted_up_to
    return SmallBalanceCaps(
        policy.open_share_percent if share is None else share, policy.posted_up_to if posted is None else posted
    )


async def queue_small_balances(connection: Connection, run: NewRun, form: SmallBalanceForm) -> None:
    """Check what is asked, and queue the run; raises Refused naming the field."""
    configuration = await get_administration(connection, run.administration)
    check_booking(form.booking.wish(run.employee), configuration)
    check_small_balances(form, configuration)
    contra_of(form, configuration)
    for journal in journals_of(form, configuration):
        within_journal(form.criteria, journal, configuration.base_currency)
    await run.queue(connection, KIND, form.model_dump(mode="json"))


async def advance_small_balances(connection: Connection, job: Job) -> Step:
    """Clear what is small of the next chunk of parties."""
    form = SmallBalanceForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    booking = replace(check_booking(form.booking.wish(job.employee), configuration), run_id=job.job_id)
    caps = caps_of(form, configuration)
    cursor = NOTHING_CLEARED | {"dry_run": form.dry_run} | asdict(caps) | (job.cursor or {})
    parties = await store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        return await last_step(connection, job, form.criteria, cursor)
    accounts = PartyChunk(job.administration, parties)
    # Locked before anything is read, in the one order of all locks: what is decided on cannot change any more.
    await store.lock_accounts(connection, accounts)
    selection = SelectionForm(criteria=form.criteria, booking=form.booking)
    items = await store.selected_items(connection, accounts, selection)
    held = await passed_over(connection, accounts, form.criteria, form.booking.date)
    small = small_groups(items, form, caps)
    if not all(journal.allows_foreign_currency for journal in journals_of(form, configuration)):
        small = without_foreign(small, configuration.base_currency)
    ids = await match_store.new_ids(connection, len(small.groups))
    contra = contra_of(form, configuration)
    entries = [_entry(group, booking, contra, match_id) for group, match_id in zip(small.groups, ids, strict=True)]
    async with carried_out(connection, only_tried=form.dry_run):
        await match_store.append_matches(connection, entries)
    await add_findings(connection, job.administration, job.job_id, small.findings)
    # The cursor carries the run's result so far, so that a crash after this chunk loses nothing of it.
    after = (
        cursor
        | with_passed_over(cursor, held)
        | told(cursor, small.findings)
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
        touched_on=check_match_day(booking.match_date, items),
        contra=replace(contra, amount=amount, base_amount=base) if amount else None,
        reason=contra.journal,
    )
