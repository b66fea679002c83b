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
from chassis.fingerprints import names
from chassis.identity import Actor, Role, same_employee
from chassis.sentences import Count, Sentence, joined
from contracts.event import MAX_LINES
from read_model.parties import get_administration
from read_model.unmatched_credits import refuse_unmatched
from read_model.write_offs import WriteOffRules
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.publishing import queue_publication, resume_publication
from services.selection.store.control_reports import has_control_report
from services.selection.store.sets import StoredSet, fixed_set, new_id
from services.selection.store.write_offs import (
    LeftOutItems,
    RefusedKind,
    Requested,
    SetForBatch,
    WriteOffBatch,
    add_batch,
    count_requested,
    get_batch,
    kinds_of_members,
    leave_out,
    lock_batch,
    news_since_left_out,
    other_batch,
    set_confirmed,
    unmatched_of_set,
)

MAX_NEWS = 20
_LEFT_OUT: dict[str, str] = {
    "changed": Sentence("Another amount is open than when the set was fixed."),
    "blacklisted": Sentence("The party is on the black list."),
}
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


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """Under which id, on which journal and on which day a set is written off."""

    batch_id: UUID
    journal: str
    booking_date: date


async def request_writeoff(connection: Connection, scope: WorkScope, order: WriteOffOrder) -> WriteOffBatch:
    """The first confirmation: what would be written off, with the fingerprint that the second one repeats.

    Refused without criteria, without the control report of exactly this set, on a journal that is none for write-offs
    or a date in a closed period; Conflict when the set was written off, or changed and changes are to be refused.
    """
    rules = WriteOffRules(await get_administration(connection, scope.administration))
    chosen = await fixed_set(connection, scope.administration, order.set_id)
    journal = rules.reason(order.journal or _bulk_journal(rules)).code
    booking_date = order.booking_date or scope.today
    rules.period_of(booking_date)
    await _refuse_unready(connection, chosen)
    # What is left out is decided once, here, and stored: the second confirmation names exactly that.
    terms = BookingTerms(await new_id(connection), journal, booking_date)
    made_of = await _sifted(connection, rules, chosen, terms)
    left_out = await leave_out(connection, scope, made_of)
    _refuse_changes(order, left_out.counts)
    requested = await count_requested(connection, scope.administration, made_of, MAX_LINES)
    _refuse_nothing(requested, made_of, left_out)
    batch = WriteOffBatch(
        batch_id=made_of.batch_id,
        set_id=chosen.set_id,
        journal=journal,
        booking_date=booking_date,
        note=order.note,
        changed=order.changed,
        four_eyes=rules.configuration.write_offs.four_eyes,
        items=requested.items,
        parties=requested.parties,
        requests=requested.requests,
        totals=requested.totals,
        left_out=left_out.counts,
        left_out_totals=left_out.totals,
        fingerprint=sha256(f"{chosen.fingerprint}|{left_out.digest}|{journal}|{booking_date}".encode()).hexdigest(),
        requested_by=scope.employee,
        requested_at=scope.now,
    )
    await add_batch(connection, scope.administration, batch)
    return batch


async def _sifted(connection: Connection, rules: WriteOffRules, chosen: StoredSet, terms: BookingTerms) -> SetForBatch:
    """The set, and which of its members the rules refuse: those by which the write-off itself is decided later.

    Raises Refused where credits of its parties have to be matched first.
    """
    refuse_unmatched(await unmatched_of_set(connection, chosen.administration, chosen.set_id), rules.configuration)
    found = await kinds_of_members(connection, chosen.administration, chosen.set_id, terms.booking_date)
    decided = ((like, rules.why_not(terms.journal, like)) for like in found)
    return SetForBatch(
        chosen.set_id,
        terms.batch_id,
        rules.configuration.write_offs.skip_blacklisted,
        terms.booking_date,
        [RefusedKind(like, why) for like, why in decided if why is not None],
    )


def _refuse_nothing(requested: Requested, made_of: SetForBatch, left_out: LeftOutItems) -> None:
    if requested.items:
        return
    words = _LEFT_OUT | {one.why.code: one.why.message for one in made_of.refused}
    reasons = [
        Sentence("{items} are left out: {reason}", items=Count(items), reason=words[code])
        for code, items in left_out.counts.items()
    ]
    raise Refused(
        "nothing-to-write-off",
        joined([Sentence("No item of the set is left to write off."), *reasons]),
        field="set_id",
        remedy="Make a new set.",
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


def _bulk_journal(rules: WriteOffRules) -> str:
    """The journal of the bulk rule, where no reason was chosen; Refused when the rule is switched off."""
    rule = rules.rule("bulk")
    if not rule.enabled:
        raise Refused(
            "bulk-rule-disabled",
            "The rule for bulk write-offs of {administration} is switched off, so that it says no journal.",
            administration=rules.configuration.administration,
            field="journal",
            remedy=rules.offer(),
        )
    return rule.journal


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
    await _refuse_news(connection, scope, chosen, batch)
    confirmed = await set_confirmed(connection, scope, batch_id)
    await queue_publication(connection, scope, batch_id)
    return confirmed


def _check_approver(batch: WriteOffBatch, actor: Actor) -> None:
    if not batch.four_eyes:
        actor.demand_role(Role.CLERK, Role.APPROVER)
        return
    if same_employee(actor.employee, batch.requested_by):
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
            for name, is_repeated in (
                ("items", approval.items == batch.items),
                ("totals", dict(approval.totals) == dict(batch.totals)),
                ("fingerprint", names(approval.fingerprint, batch.fingerprint)),
            )
            if not is_repeated
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


async def _refuse_news(connection: Connection, scope: WorkScope, chosen: StoredSet, batch: WriteOffBatch) -> None:
    """Refuse what is not any more what the first confirmation showed, by the same rules as then."""
    rules = WriteOffRules(await get_administration(connection, scope.administration))
    rules.reason(batch.journal)
    rules.period_of(batch.booking_date)
    terms = BookingTerms(batch.batch_id, batch.journal, batch.booking_date)
    made_of = await _sifted(connection, rules, chosen, terms)
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
