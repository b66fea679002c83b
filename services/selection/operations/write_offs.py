"""Asking for the write-off of a fixed set: two confirmations, the second of exactly what the first one showed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Literal
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, Forbidden, Refused
from chassis.identity import Actor, Role
from chassis.jobs import NewJob, add_job
from chassis.queries import load_queries
from chassis.sentences import Sentence
from contracts.event import MAX_LINES
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.selection.store.batches import Batch, add_batch, get_batch
from services.selection.store.sets import QUERIES, Scope, StoredSet, fixed_set, new_id

PUBLISH_WRITEOFF = "publish-writeoff"
BULK_JOURNAL = "A920"
"""Where bulk write-offs are booked when the administration says nothing else (seed 004)."""
MAX_NEWS = 20
_NAMED = {"items": Sentence("items"), "totals": Sentence("totals"), "fingerprint": Sentence("fingerprint")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteoffOrder:
    """The first confirmation: what to write off, where, and what to do with items that changed since."""

    set_id: UUID
    journal: str | None
    booking_date: date | None
    note: str
    changed: Literal["leave-out", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The second confirmation repeats what the first one answered; totals in minor units per currency."""

    items: int
    totals: Mapping[str, int]
    fingerprint: str


async def request_writeoff(connection: Connection, scope: Scope, order: WriteoffOrder) -> Batch:
    """The first confirmation: what would be written off, with the fingerprint that the second one repeats.

    Refused without criteria, without the control report of exactly this set, on a journal that is none for write-offs
    or a date in a closed period; Conflict when the set was written off, or changed and changes are to be refused.
    """
    configuration = await get_administration(connection, scope.administration)
    chosen = await fixed_set(connection, scope.administration, order.set_id)
    journal = _journal(configuration, order.journal)
    booking_date = _booking_date(configuration, order.booking_date or scope.today)
    await _refuse_unready(connection, chosen)
    batch_id = await new_id(connection)
    left_out, digest = await _leave_out(connection, scope, chosen, batch_id, configuration)
    _refuse_changes(order, left_out)
    batch = await _counted(
        connection,
        scope.administration,
        Batch(
            batch_id=batch_id,
            set_id=chosen.set_id,
            journal=journal,
            booking_date=booking_date,
            note=order.note,
            changed=order.changed,
            four_eyes=configuration.write_offs.four_eyes,
            items=0,
            parties=0,
            requests=0,
            totals={},
            left_out=left_out,
            fingerprint=sha256(f"{chosen.fingerprint}|{digest}|{journal}|{booking_date}".encode()).hexdigest(),
            requested_by=scope.employee,
            requested_at=scope.now,
        ),
    )
    await add_batch(connection, scope.administration, batch)
    return batch


async def _counted(connection: Connection, administration: str, batch: Batch) -> Batch:
    """The write-off with what it asks; Refused when nothing is left."""
    queries = load_queries(QUERIES)
    keys = (administration, batch.set_id, batch.batch_id)
    counted = await connection.fetch(queries.count_requested, *keys)
    if not counted:
        raise Refused(
            "nothing-to-write-off", "No item of the set is left to write off.", field="set_id", remedy="Make a new set."
        )
    events = await connection.fetchrow(queries.count_requests, *keys, MAX_LINES)
    assert events is not None, "an aggregate gives a row"
    return replace(
        batch,
        items=sum(row["items"] for row in counted),
        totals={row["currency"]: row["amount"] for row in counted},
        parties=events["parties"],
        requests=events["requests"],
    )


def _refuse_changes(order: WriteoffOrder, left_out: Mapping[str, int]) -> None:
    if order.changed == "refuse" and left_out.get("changed"):
        raise Conflict(
            "items-changed",
            "{changed} items of the set have another open amount than when it was fixed.",
            changed=left_out["changed"],
            field="set_id",
            remedy="See the set's changes; make a new set, or have changed items left out.",
        )


def _journal(configuration: AdministrationConfigured, wanted: str | None) -> str:
    bulk = next((rule.journal for rule in configuration.write_off_rules if rule.rule == "bulk"), BULK_JOURNAL)
    code = wanted or bulk
    journals = [journal.code for journal in configuration.journals if journal.type == "A"]
    if code not in journals:
        raise Refused(
            "unknown-journal",
            "{code} is no write-off journal of {administration}.",
            code=code,
            administration=configuration.administration,
            field="journal",
            remedy=Sentence("Choose one of {journals}.", journals=", ".join(journals))
            if journals
            else Sentence("Configure write-off journals first."),
        )
    return code


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
    queries = load_queries(QUERIES)
    if chosen.criteria is None:
        raise Refused(
            "criteria-required",
            "The set was made without any criteria; at least one is asked for a write-off.",
            field="set_id",
            remedy="Select again with criteria.",
        )
    reported = await connection.fetchval(
        queries.has_control_report, chosen.administration, chosen.set_id, chosen.fingerprint
    )
    if not reported:
        raise Refused(
            "control-report-missing",
            "The control report of {chosen.name} was not exported yet.",
            chosen=chosen,
            field="set_id",
            remedy="Export the set with its items and open amounts, check the report, and ask again.",
        )
    if other := await connection.fetchval(queries.other_batch, chosen.administration, chosen.set_id):
        raise Conflict(
            "written-off-before",
            "The set was written off before, as {other}.",
            other=other,
            field="set_id",
            remedy="Select again for what is still open.",
        )


async def _leave_out(
    connection: Connection, scope: Scope, chosen: StoredSet, batch_id: UUID, configuration: AdministrationConfigured
) -> tuple[dict[str, int], str]:
    """Keep what must be left out; its counts by reason, and a digest of exactly which items."""
    queries = load_queries(QUERIES)
    skip_listed = configuration.write_offs.skip_blacklisted
    await connection.execute(queries.leave_out, scope.administration, chosen.set_id, batch_id, skip_listed, scope.today)
    row = await connection.fetchrow(queries.summarise_left_out, scope.administration, batch_id)
    assert row is not None, "an aggregate gives a row"
    return json.loads(row["counts"]), row["digest"]


async def confirm_writeoff(
    connection: Connection, scope: Scope, batch_id: UUID, approval: Approval, actor: Actor
) -> Batch:
    """The second confirmation: queues the publication when it repeats the first one's answer and nothing changed.

    Where four eyes are asked, another employee with the approver's role gives it.
    """
    queries = load_queries(QUERIES)
    await connection.fetchval(queries.lock_batch, scope.administration, batch_id)
    batch = await get_batch(connection, scope.administration, batch_id)
    chosen = await fixed_set(connection, scope.administration, batch.set_id)
    _check_approver(batch, actor)
    _check_approval(batch, approval)
    if batch.state != "unconfirmed":
        return batch
    await _refuse_unready(connection, chosen)
    await _refuse_news(connection, scope, batch)
    await connection.execute(queries.confirm_batch, scope.administration, batch_id, scope.employee, scope.now)
    await add_job(
        connection,
        NewJob(
            job_id=batch_id,
            kind=PUBLISH_WRITEOFF,
            administration=scope.administration,
            employee=scope.employee,
            parameters={"batch_id": str(batch_id)},
        ),
    )
    return await get_batch(connection, scope.administration, batch_id)


def _check_approver(batch: Batch, actor: Actor) -> None:
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


def _check_approval(batch: Batch, approval: Approval) -> None:
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


async def _refuse_news(connection: Connection, scope: Scope, batch: Batch) -> None:
    configuration = await get_administration(connection, scope.administration)
    news = await connection.fetch(
        load_queries(QUERIES).news_since_left_out,
        scope.administration,
        batch.set_id,
        batch.batch_id,
        configuration.write_offs.skip_blacklisted,
        scope.today,
        MAX_NEWS,
    )
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
