"""Automatic write-offs: an event of the library is remembered, and asked for as soon as its items are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from chassis.consuming.handling import Handled, Received, Waiting
from chassis.database import Connection
from contracts.library import BailiffReferred, ItemChanged, ItemPosted
from contracts.operators import AdministrationConfigured
from contracts.topics import TOPICS
from read_model.items import take_bailiff_referred, take_item_changed, take_item_posted
from read_model.today import day_at, zone_of
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import (
    CauseEvent,
    cause_key_of,
    day_of,
    kind_of,
    names_in,
    propose,
    request_id_of,
)
from services.writeoff.domain.credits import Undoing, freed_amounts
from services.writeoff.domain.requests import CauseKey, Decision, Item, PartyItems, PartyKey, Request, check_line
from services.writeoff.domain.rules import AUTOMATIC, ItemReference, Proposal
from services.writeoff.operations.books import current_books, shared_books
from services.writeoff.operations.requests import Known, ask_for
from services.writeoff.operations.returned_material import find_undoings
from services.writeoff.store import rules as store
from services.writeoff.store.books import looking_up_keys
from services.writeoff.store.items import load_named_items

CAUSES_AT_ONCE = 1_000
"""Each becomes a dozen objects until it is stored: so many at a time need little memory, and fill a COPY."""


_names_of = attrgetter(*(name for name in ItemReference._fields if name != "item_id"))
"""The ids by which what happened earlier may call an item; a cause that calls items by their own id waits for them."""


class Cause(NamedTuple):
    """A remembered event, whom it concerns, and the day on which what it causes is booked."""

    event: CauseEvent
    party: PartyKey
    date: date


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


async def _evaluate(connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]) -> None:
    items = await _named_items(connection, causes, books)
    undone = await _undone(connection, causes, items, books)
    planned = [
        _planned(cause, proposal, _of_cause(cause, undone))
        for cause in causes
        for proposal in _proposals(cause, items, undone, books)
    ]
    await carry_out(connection, planned, Known(books, items))


Undone = Mapping[PartyKey, Sequence[Undoing]]


async def _undone(
    connection: Connection, causes: Sequence[Cause], items: PartyItems, books: Mapping[str, Books]
) -> Undone:
    """The settlements that are undone: what was paid for material that comes back is left as a credit."""
    paid: dict[PartyKey, set[str]] = {}
    for cause in causes:
        if kind_of(cause.event).gives_payments_back:
            for proposal in _proposals(cause, items, {}, books):
                if proposal.settled_amount > 0 and proposal.code in {"asked", "nothing-open"}:
                    paid.setdefault(cause.party, set()).add(proposal.item_id)
    return await find_undoings(connection, paid, books)


def _of_cause(cause: Cause, undone: Undone) -> Sequence[Undoing]:
    return undone.get(cause.party, ()) if kind_of(cause.event).gives_payments_back else ()


def _proposals(cause: Cause, items: PartyItems, undone: Undone, books: Mapping[str, Books]) -> list[Proposal]:
    """What a cause comes to when the settlements are undone."""
    known = items.get(cause.party)
    if known is None:
        return []
    found = propose(cause.event, known.values(), books[cause.party[0]])
    freed = freed_amounts(_of_cause(cause, undone)) if undone else {}
    if not freed:
        return found
    reopened = [item._replace(open_amount=item.open_amount + freed.get(item.item_id, 0)) for item in known.values()]
    settled = {proposal.item_id: proposal.settled_amount for proposal in found}
    return [
        proposal._replace(settled_amount=settled[proposal.item_id])
        for proposal in propose(cause.event, reopened, books[cause.party[0]])
    ]


async def carry_out(connection: Connection, planned: Sequence[Planned], known: Known) -> Counter[str]:
    """Ask for what is planned, once per request, and keep what each item came to; gives how many came to what."""
    decisions = await ask_for(connection, [plan.request for plan in planned if plan.request is not None], known)
    refused = {decision.request.request_id: decision for decision in decisions if not decision.asks}
    rows = {row[:5]: row for row in (_outcome_row(plan, refused) for plan in planned)}
    await store.put_rule_outcomes(connection, list(rows.values()))
    return Counter(row[6] for row in rows.values())


async def _named_items(
    connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]
) -> dict[PartyKey, dict[str, Item]]:
    names = [(cause.party, name) for cause in causes for name in names_in(cause.event, books[cause.party[0]])]
    return await load_named_items(connection, names) if names else {}


def _planned(cause: Cause, proposal: Proposal, undone: Sequence[Undoing]) -> Planned:
    event = cause.event
    named = (event.topic, cause_key_of(event))
    if not proposal.lines:
        return Planned(cause.party, named, proposal, None)
    request = Request(
        administration=event.administration,
        party_id=event.party_id,
        request_id=request_id_of(event, proposal.item_id),
        origin="rule",
        rule=proposal.rule,
        cause_topic=event.topic,
        cause_key=named[1],
        date=cause.date,
        employee=getattr(event, "employee", None) or AUTOMATIC,
        lines=proposal.lines,
        undoes=tuple(u for u in undone if any(item_id == proposal.item_id for item_id, _ in u.freed)),
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
    return (*key, proposal.rule, code, message, request_id, proposal.settled_amount)


def cause_event(topic: str, data: Mapping[str, Any]) -> CauseEvent:
    """An event of the library that a rule reacts to, validated as it would be when it came."""
    return _event_of(topic, json.dumps(dict(data), default=str))


async def dry_run(connection: Connection, event: CauseEvent) -> list[Proposal]:
    """What an event would come to now; NotFound in an unknown administration. Changes nothing."""
    books = await current_books(connection, event.administration)
    cause = Cause(event, (event.administration, event.party_id), day_of(event))
    by_name = {event.administration: books}
    items = await _named_items(connection, [cause], by_name)
    undone = await _undone(connection, [cause], items, by_name)
    own = items.get(cause.party, {})
    return [_checked(proposal, own, books) for proposal in _proposals(cause, items, undone, by_name)]


def _checked(proposal: Proposal, items: Mapping[str, Item], books: Books) -> Proposal:
    """The proposal, or why its lines would be refused."""
    for line in proposal.lines:
        skipped = check_line(line, items.get(line.item_id), books)
        if skipped is not None:
            return proposal._replace(lines=(), code=skipped.code, message=skipped.message)
    return proposal
