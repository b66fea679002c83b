"""Small balances of parties or items, cleared against payment differences or a write-off journal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, NewJob, Step, add_job
from chassis.projection.parties import get_administration
from contracts.operators import AdministrationConfigured
from services.matching.domain.booking import check_booking, check_write_off_journal, find_journal
from services.matching.domain.forms import SelectionForm, SmallBalanceForm
from services.matching.domain.ledger import MAX_ALLOCATIONS, Booking, Contra, Entry, LedgerItem
from services.matching.domain.settling import line_of
from services.matching.store import matches as match_store
from services.matching.store import runs as store

KIND = "clear-small-balances"


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


async def queue_small_balances(
    connection: Connection, administration: str, run_id: UUID, form: SmallBalanceForm, employee: str
) -> None:
    """Check what is asked, and queue the run; raises Refused naming the field."""
    configuration = await get_administration(connection, administration)
    check_booking(form.booking.wish(employee), configuration)
    contra_of(form, configuration)
    parameters = form.model_dump(mode="json")
    await add_job(
        connection,
        NewJob(job_id=run_id, kind=KIND, administration=administration, employee=employee, parameters=parameters),
    )


async def advance_small_balances(connection: Connection, job: Job) -> Step:
    """Clear what is small of the next chunk of parties."""
    form = SmallBalanceForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    booking = replace(check_booking(form.booking.wish(job.employee), configuration), run_id=job.job_id)
    cursor = job.cursor or {"after": "", "matches": 0, "items": 0}
    parties = await store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        return Step(None, job.done, job.done, {"matches": cursor["matches"], "items": cursor["items"]})
    await store.lock_accounts(connection, job.administration, parties)
    selection = SelectionForm(criteria=form.criteria, booking=form.booking)
    items = await store.selected_items(connection, job.administration, parties, selection)
    groups = small_groups(items, form)
    ids = await match_store.new_ids(connection, len(groups))
    contra = contra_of(form, configuration)
    entries = [_entry(group, booking, contra, match_id) for group, match_id in zip(groups, ids, strict=True)]
    await match_store.append_matches(connection, entries)
    after = {
        "after": parties[-1],
        "matches": cursor["matches"] + len(entries),
        "items": cursor["items"] + sum(len(entry.lines) for entry in entries),
    }
    return Step(after, job.done + len(parties))


def small_groups(items: Sequence[LedgerItem], form: SmallBalanceForm) -> list[list[LedgerItem]]:
    """The items of each party and currency that are cleared together."""
    accounts: dict[tuple[str, str], list[LedgerItem]] = defaultdict(list)
    for item in items:
        if form.per == "party" or abs(item.open_amount) <= form.limit:
            accounts[item.party_id, item.currency].append(item)
    kept = [
        account
        for account in accounts.values()
        if form.per == "item" or abs(sum(item.open_amount for item in account)) <= form.limit
    ]
    if form.per == "party":
        return [account for account in kept if len(account) <= MAX_ALLOCATIONS]
    return [account[low : low + MAX_ALLOCATIONS] for account in kept for low in range(0, len(account), MAX_ALLOCATIONS)]


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
