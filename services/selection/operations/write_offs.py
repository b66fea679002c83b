"""Asking for the write-off of a fixed set: two confirmations, the second of exactly what the first one showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, Forbidden, Refused
from chassis.identity import Actor, Role
from chassis.sentences import Sentence
from contracts.event import MAX_LINES
from contracts.operators import DEFAULT_JOURNALS, AdministrationConfigured
from read_model.parties import get_administration
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.publishing import queue_publication, resume_publication
from services.selection.store.control_reports import has_control_report
from services.selection.store.sets import StoredSet, fixed_set, new_id
from services.selection.store.write_offs import (
    Requested,
    SetForBatch,
    WriteOffBatch,
    add_batch,
    count_requested,
    get_batch,
    leave_out,
    lock_batch,
    news_since_left_out,
    other_batch,
    set_confirmed,
)

MAX_NEWS = 20
_NAMED = {"items": Sentence("items"), "totals": Sentence("totals"), "fingerprint": Sentence("fingerprint")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffOrder:
    """The first confirmation: what to write off, where, and what to do with items that changed since."""

    set_id: UUID
    journal: str | None
    booking_date: date | None
    note: str
    changed: Literal["leave-out", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffApproval:
    """The second confirmation repeats what the first one answered; totals in minor units per currency."""

    items: int
    totals: Mapping[str, int]
    fingerprint: str


async def request_writeoff(connection: Connection, scope: WorkScope, order: WriteOffOrder) -> WriteOffBatch:
    """The first confirmation: what would be written off, with the fingerprint that the second one repeats.

    Refused without criteria, without the control report of exactly this set, on a journal that is none for write-offs
    or a date in a closed period; Conflict when the set was written off, or changed and changes are to be refused.
    """
    configuration = await get_administration(connection, scope.administration)
    chosen = await fixed_set(connection, scope.administration, order.set_id)
    journal = _journal(configuration, order.journal)
    booking_date = _booking_date(configuration, order.booking_date or scope.today)
    await _refuse_unready(connection, chosen)
    # What is left out is decided once, here, and stored: the second confirmation names exactly that.
    made_of = SetForBatch(chosen.set_id, await new_id(connection), configuration.write_offs.skip_blacklisted)
    left_out = await leave_out(connection, scope, made_of)
    _refuse_changes(order, left_out.counts)
    requested = await count_requested(connection, scope.administration, made_of, MAX_LINES)
    _refuse_nothing(requested)
    batch = WriteOffBatch(
        batch_id=made_of.batch_id,
        set_id=chosen.set_id,
        journal=journal,
        booking_date=booking_date,
        note=order.note,
        changed=order.changed,
        four_eyes=configuration.write_offs.four_eyes,
        items=requested.items,
        parties=requested.parties,
        requests=requested.requests,
        totals=requested.totals,
        left_out=left_out.counts,
        fingerprint=sha256(f"{chosen.fingerprint}|{left_out.digest}|{journal}|{booking_date}".encode()).hexdigest(),
        requested_by=scope.employee,
        requested_at=scope.now,
    )
    await add_batch(connection, scope.administration, batch)
    return batch


def _refuse_nothing(requested: Requested) -> None:
    if not requested.items:
        raise Refused(
            "nothing-to-write-off", "No item of the set is left to write off.", field="set_id", remedy="Make a new set."
        )


def _refuse_changes(order: WriteOffOrder, left_out: Mapping[str, int]) -> None:
    if order.changed == "refuse" and left_out.get("changed"):
        raise Conflict(
            "items-changed",
            "{changed} items of the set have another open amount than when it was fixed.",
            changed=left_out["changed"],
            field="set_id",
            remedy="See the set's changes; make a new set, or have changed items left out.",
        )


def _journal(configuration: AdministrationConfigured, wanted: str | None) -> str:
    """The reason that was chosen, else that of the bulk rule; Refused when it is none, or the rule is switched off."""
    code = wanted or _bulk_journal(configuration)
    if code not in _reasons(configuration):
        raise Refused(
            "unknown-journal",
            "{code} is no write-off journal of {administration}.",
            code=code,
            administration=configuration.administration,
            field="journal",
            remedy=_offer(configuration),
        )
    return code


def _bulk_journal(configuration: AdministrationConfigured) -> str:
    rule = next((rule for rule in configuration.write_off_rules if rule.rule == "bulk"), None)
    if rule is None:
        return DEFAULT_JOURNALS["bulk"]
    if not rule.enabled:
        raise Refused(
            "bulk-rule-disabled",
            "The rule for bulk write-offs of {administration} is switched off, so that it says no journal.",
            administration=configuration.administration,
            field="journal",
            remedy=_offer(configuration),
        )
    return rule.journal


def _reasons(configuration: AdministrationConfigured) -> list[str]:
    return [journal.code for journal in configuration.journals if journal.type == "A"]


def _offer(configuration: AdministrationConfigured) -> Sentence:
    journals = _reasons(configuration)
    if not journals:
        return Sentence("Configure write-off journals first.")
    return Sentence("Choose one of {journals}.", journals=", ".join(journals))


def _booking_date(configuration: AdministrationConfigured, day: date) -> date:
    period = configuration.period_at(day)
    if period is None or not period.open:
        raise Refused(
            "closed-period",
            "No open period contains {day}.",
            day=day,
            field="date",
            remedy="Choose a date in an open period.",
        )
    return day


async def _refuse_unready(connection: Connection, chosen: StoredSet) -> None:
    if chosen.criteria is None:
        raise Refused(
            "criteria-required",
            "The set was made without any criteria; at least one is asked for a write-off.",
            field="set_id",
            remedy="Select again with criteria.",
        )
    if not await has_control_report(connection, chosen):
        raise Refused(
            "control-report-missing",
            "The control report of {chosen.name} was not exported yet.",
            chosen=chosen,
            field="set_id",
            remedy="Export the set with its items and open amounts, check the report, and ask again.",
        )
    await _refuse_written_off(connection, chosen)


async def _refuse_written_off(connection: Connection, chosen: StoredSet) -> None:
    other = await other_batch(connection, chosen.administration, chosen.set_id)
    if other is None:
        return
    if (await get_batch(connection, chosen.administration, other)).state == "stopped":
        raise Conflict(
            "publication-stopped",
            "The set is being written off as {other}, which stopped while it was published.",
            other=other,
            field="set_id",
            remedy="See why, and confirm that write-off again: it goes on where it stopped.",
        )
    raise Conflict(
        "written-off-before",
        "The set was written off before, as {other}.",
        other=other,
        field="set_id",
        remedy="Select again for what is still open.",
    )


async def confirm_writeoff(
    connection: Connection, scope: WorkScope, batch_id: UUID, approval: WriteOffApproval, actor: Actor
) -> WriteOffBatch:
    """The second confirmation: queues the publication when it repeats the first one's answer and nothing changed.

    Where four eyes are asked, another employee with the approver's role gives it. Given again, it lets a publication
    that stopped go on, and changes nothing else.
    """
    batch = await lock_batch(connection, scope.administration, batch_id)
    chosen = await fixed_set(connection, scope.administration, batch.set_id)
    _check_approver(batch, actor)
    _check_approval(batch, approval)
    if batch.state == "stopped":
        await resume_publication(connection, batch)
        return await get_batch(connection, scope.administration, batch_id)
    if batch.state != "unconfirmed":
        return batch
    await _refuse_unready(connection, chosen)
    await _refuse_news(connection, scope, batch)
    confirmed = await set_confirmed(connection, scope, batch_id)
    await queue_publication(connection, scope, batch_id)
    return confirmed


def _check_approver(batch: WriteOffBatch, actor: Actor) -> None:
    if not batch.four_eyes:
        actor.demand_role(Role.CLERK, Role.APPROVER)
        return
    if actor.employee == batch.requested_by:
        raise Forbidden(
            "same-employee",
            "The administration asks two employees for a write-off, and you gave the first confirmation.",
            remedy="Have an approver confirm it.",
        )
    actor.demand_role(Role.APPROVER)


def _check_approval(batch: WriteOffBatch, approval: WriteOffApproval) -> None:
    wrong = next(
        (
            name
            for name, given, shown in (
                ("items", approval.items, batch.items),
                ("totals", dict(approval.totals), dict(batch.totals)),
                ("fingerprint", approval.fingerprint, batch.fingerprint),
            )
            if given != shown
        ),
        None,
    )
    if wrong:
        raise Conflict(
            f"{wrong}-differ" if wrong != "fingerprint" else "fingerprint-differs",
            "The confirmation's {wrong} are not what the first confirmation answered.",
            wrong=_NAMED[wrong],
            field=wrong,
            remedy="Read the write-off again, and repeat its items, totals and fingerprint.",
        )


async def _refuse_news(connection: Connection, scope: WorkScope, batch: WriteOffBatch) -> None:
    configuration = await get_administration(connection, scope.administration)
    made_of = SetForBatch(batch.set_id, batch.batch_id, configuration.write_offs.skip_blacklisted)
    news = await news_since_left_out(connection, scope, made_of, MAX_NEWS)
    if news:
        items = ", ".join(f"{row['party_id']}/{row['item_id']}" for row in news)
        raise Conflict(
            "changed-since-first-confirmation",
            "Since the first confirmation these items changed: {items} and more."
            if len(news) == MAX_NEWS
            else "Since the first confirmation these items changed: {items}.",
            items=items,
            field="batch_id",
            remedy="Give the first confirmation again: it shows what is left.",
        )
