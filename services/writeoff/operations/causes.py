"""Automatic write-offs: an event of the library is remembered, and asked for as soon as its items are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from chassis.consuming.handling import Handled, Received, Waiting
from chassis.database import Connection
from chassis.errors import Refused
from chassis.sentences import Sentence
from contracts.library import BailiffReferred, ItemChanged, ItemPosted
from contracts.operators import AdministrationConfigured
from contracts.topics import TOPICS
from read_model.items import take_bailiff_referred, take_item_changed, take_item_posted
from read_model.today import day_at, today_by, zone_of
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import (
    CauseEvent,
    cause_key_of,
    day_of,
    request_id_of,
)
from services.writeoff.domain.requests import CauseKey, Decision, Item, PartyKey, Request, decide
from services.writeoff.domain.rules import AUTOMATIC, Proposal
from services.writeoff.domain.settled import Parts
from services.writeoff.operations.books import current_books, shared_books
from services.writeoff.operations.outlook import Cause, Outlook, gives_back, look_ahead, proposals_of
from services.writeoff.operations.requests import Known, ask_for
from services.writeoff.operations.returned_material import settled_parts
from services.writeoff.store import credits as credit_store
from services.writeoff.store import rules as store
from services.writeoff.store.books import looking_up_keys
from services.writeoff.store.credits import SettledBefore
from services.writeoff.store.requests import kept_requests

CAUSES_AT_ONCE = 1_000
"""Each becomes a dozen objects until it is stored: so many at a time need little memory, and fill a COPY."""


_names_of = attrgetter("subscription_id", "note_id", "checkin_id", "loan_id", "material_id")
"""The ids by which what happened earlier may call an item; a cause that calls items by their own id waits for them."""


class Planned(NamedTuple):
    """What is to be done about one item: a request, or with a code in the proposal nothing.

    `cause` is the topic and key of what made it necessary.
    """

    party: PartyKey
    cause: tuple[str, str]
    proposal: Proposal
    request: Request | None


async def take_referrals(connection: Connection, received: Sequence[Received[BailiffReferred]]) -> Handled:
    """Mark the items, then write them off; a referral of an item that is not posted yet waits."""
    outcome = await take_bailiff_referred(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    outcome.extend(await take_causes(connection, [entry for entry in received if id(entry) not in waiting]))
    return outcome


async def take_causes(connection: Connection, received: Sequence[Received[CauseEvent]]) -> Handled:
    """Remember the events and ask for what they come to; those in an unknown administration wait."""
    books = await shared_books(connection, (entry.event.administration for entry in received))
    outcome = Handled()
    causes: dict[CauseKey, Cause] = {}
    rows: list[tuple[Any, ...]] = []
    for entry in received:
        event, party = entry.event, (entry.event.administration, entry.event.party_id)
        key = (*party, event.topic, cause_key_of(event))
        if event.administration not in books:
            outcome.waiting.append(Waiting(entry, f"administration {event.administration}"))
        elif key not in causes:
            causes[key] = Cause(event, party, booking_day(entry, books[event.administration].configuration))
            body = event.model_dump_json(exclude_none=True)
            rows.append((*key, "event", causes[key].date, body, entry.envelope.event_id))
    async with looking_up_keys(connection):
        await evaluate(connection, [causes[key] for key in await store.add_causes(connection, rows)], books)
    return outcome


def booking_day(entry: Received[CauseEvent], configuration: AdministrationConfigured) -> date:
    """The day of the event; an event that is told ahead of its day is booked when it is told, by the books' day."""
    day, told = day_of(entry.event), entry.envelope.time
    return min(day, day_at(told, zone_of(configuration))) if told else day


async def take_postings(connection: Connection, received: Sequence[Received[ItemPosted]]) -> Handled:
    """Keep new items, and look whether something that concerns them happened before."""
    outcome = await take_item_posted(connection, received)
    parties = {
        (event.administration, event.party_id) for event in (entry.event for entry in received) if any(_names_of(event))
    }
    await revisit(connection, parties)
    return outcome


async def take_changes(connection: Connection, received: Sequence[Received[ItemChanged]]) -> Handled:
    """Keep changes of items; a contribution that turned out to be invoiced may have been waited for."""
    outcome = await take_item_changed(connection, received)
    await revisit(connection, {(entry.event.administration, entry.event.party_id) for entry in received})
    return outcome


async def revisit(connection: Connection, parties: Iterable[PartyKey]) -> None:
    """Look again at what happened to these parties before."""
    keys = sorted(set(parties))
    if not keys:
        return
    async with looking_up_keys(connection):
        rows = await store.causes_of_parties(connection, keys)
        if rows:
            causes = [Cause(_event_of(row["topic"], row["event"]), row[:2], row["date"]) for row in rows]
            await evaluate(connection, causes, await shared_books(connection, (cause.party[0] for cause in causes)))


def _event_of(topic: str, body: str) -> CauseEvent:
    return cast("CauseEvent", TOPICS[topic].model_validate_json(body))


async def evaluate(connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]) -> None:
    """Ask for what the causes come to now, once per item, and keep why not where they come to nothing."""
    for start in range(0, len(causes), CAUSES_AT_ONCE):
        await _evaluate(connection, causes[start : start + CAUSES_AT_ONCE], books)


async def look_again(connection: Connection, charges: Collection[tuple[PartyKey, str, bool]]) -> None:
    """Give back what had settled these charges before their rule could take them; True: or a part of them."""
    if not charges:
        return
    rows = await credit_store.causes_to_look_at_again(connection, charges)
    if rows:
        causes = [Cause(_event_of(row["topic"], row["event"]), row[:2], row["date"], is_again=True) for row in rows]
        await evaluate(connection, causes, await shared_books(connection, (cause.party[0] for cause in causes)))


async def _evaluate(connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]) -> None:
    outlook = await look_ahead(connection, causes, books)
    planned = [
        plan
        for cause in causes
        for plan in (_planned(cause, proposal, outlook) for proposal in proposals_of(cause, outlook))
        # A second look only gives back: what is open by now was decided on before.
        if not cause.is_again or (plan.request is not None and plan.request.undoes)
    ]
    await carry_out(connection, planned, Known(books, outlook.items))


async def carry_out(connection: Connection, planned: Sequence[Planned], known: Known) -> Counter[str]:
    """Ask for what is planned, once per request, and keep what each item came to; gives how many came to what."""
    planned = await _with_parts(connection, planned, known)
    decisions = await ask_for(connection, [plan.request for plan in planned if plan.request is not None], known)
    refused = {decision.request.request_id: decision for decision in decisions if not decision.asks}
    rows = {row[:5]: row for row in (_outcome_row(plan, refused) for plan in planned)}
    await store.put_rule_outcomes(connection, list(rows.values()))
    return Counter(row[6] for row in rows.values())


async def _with_parts(connection: Connection, planned: Sequence[Planned], known: Known) -> Sequence[Planned]:
    """What runs planned, with what had settled their items in part."""
    keys = {
        (*plan.party, plan.proposal.item_id)
        for plan in planned
        if plan.proposal.parts is None and plan.proposal.settled_amount
    }
    if not keys:
        return planned
    before = await credit_store.settled_before(connection, keys)
    return [
        plan._replace(proposal=plan.proposal._replace(parts=_parts_of(plan, before, known)))
        if (*plan.party, plan.proposal.item_id) in keys
        else plan
        for plan in planned
    ]


def _parts_of(plan: Planned, before: SettledBefore, known: Known) -> Parts:
    item_id = plan.proposal.item_id
    item, books = known.items[plan.party][item_id], known.books[plan.party[0]]
    return settled_parts((*plan.party, item_id), item, before, books)


def _booked_on(cause: Cause, item: Item, books: Books) -> date:
    """The day of the cause; of one from before its item that item's day: nothing is booked before what it touches.

    A day on which nothing can be booked stays, and is refused for that.
    """
    if cause.date >= item.earliest_on:
        return cause.date
    try:
        books.period_of(cause.date)
    except Refused:
        return cause.date
    return item.earliest_on


def _planned(cause: Cause, proposal: Proposal, outlook: Outlook) -> Planned:
    event = cause.event
    named = (event.topic, cause_key_of(event))
    if not proposal.lines:
        return Planned(cause.party, named, proposal, None)
    item, books = outlook.items[cause.party][proposal.item_id], outlook.books[cause.party[0]]
    is_given_back = gives_back(proposal, item, books)
    undoes = tuple(
        undoing
        for undoing in outlook.undoings(cause.party)
        if is_given_back and any(item_id == proposal.item_id for item_id, _ in undoing.freed)
    )
    attempt = "".join(f"\x1f{undoing.settlement.match_id}" for undoing in undoes) if cause.is_again else ""
    # Nothing is booked before what it touches: the settlement that is undone, or one that was undone before.
    undone_on = outlook.before.undone_on.get((*cause.party, proposal.item_id), cause.date)
    request = Request(
        administration=event.administration,
        party_id=event.party_id,
        request_id=request_id_of(event, proposal.item_id, attempt),
        origin="rule",
        rule=proposal.rule,
        cause_topic=event.topic,
        cause_key=named[1],
        date=max([_booked_on(cause, item, books), undone_on, *(undoing.earliest for undoing in undoes)]),
        employee=getattr(event, "employee", None) or AUTOMATIC,
        lines=proposal.lines,
        undoes=undoes,
    )
    return Planned(cause.party, named, proposal, request)


def _outcome_row(plan: Planned, refused: Mapping[UUID, Decision]) -> tuple[Any, ...]:
    proposal = plan.proposal
    code, message = proposal.code, proposal.message
    request_id = plan.request.request_id if plan.request is not None else None
    if request_id is not None and request_id in refused:
        first = refused[request_id].skipped[0]
        code, message = first.code, first.message
    key = (*plan.party, *plan.cause, proposal.item_id)
    parts = proposal.parts or Parts(0)
    settled = (proposal.settled_amount, parts.paid, parts.waived, proposal.kept_code)
    return (*key, proposal.rule, code, message, request_id, *settled)


def cause_event(topic: str, data: Mapping[str, Any]) -> CauseEvent:
    """An event of the library that a rule reacts to, validated as it would be when it came."""
    return _event_of(topic, json.dumps(dict(data), default=str))


async def dry_run(connection: Connection, event: CauseEvent) -> list[Proposal]:
    """What an event would come to if it came now; NotFound in an unknown administration. Changes nothing.

    It is planned and decided as one that comes, so that what is refused then is refused here, a closed period as well.
    """
    books = await current_books(connection, event.administration)
    day = min(day_of(event), today_by(books.configuration))
    cause = Cause(event, (event.administration, event.party_id), day)
    outlook = await look_ahead(connection, [cause], {event.administration: books})
    planned = [_planned(cause, proposal, outlook) for proposal in proposals_of(cause, outlook)]
    requests = [plan.request for plan in planned if plan.request is not None]
    kept = await kept_requests(connection, requests)
    own = outlook.items.get(cause.party, {})
    decisions = {request.request_id: decide(request, own, books) for request in requests if request.key not in kept}
    return [_decided(plan, decisions) for plan in planned]


def _decided(plan: Planned, decisions: Mapping[UUID, Decision]) -> Proposal:
    """What would be asked for an item, or why nothing is."""
    if plan.request is None:
        return plan.proposal
    decision = decisions.get(plan.request.request_id)
    if decision is None:
        message = Sentence("This was asked for before, and nothing is asked twice.")
        return plan.proposal._replace(lines=(), code="already-asked", message=message)
    if not decision.asks:
        first = decision.skipped[0]
        return plan.proposal._replace(lines=(), code=first.code, message=first.message)
    return plan.proposal._replace(lines=tuple(line for ask in decision.asks for line in ask.lines))
