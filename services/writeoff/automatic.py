"""Automatic write-offs: an event of the library is remembered, and asked for as soon as its items are known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from chassis.consuming.received import Outcome, Received, Waiting
from chassis.database import Connection
from chassis.projection.items import apply_bailiff_referred, apply_item_changed, apply_item_posted
from chassis.queries import load_queries
from contracts.library import BailiffReferred, ItemChanged, ItemPosted
from contracts.topics import TOPICS
from services.writeoff.asking import Known, ask_for
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Decision, Item, Request
from services.writeoff.domain.rules import (
    AUTOMATIC,
    CauseEvent,
    Proposal,
    by_party,
    cause_key_of,
    day_of,
    propose,
    request_id_of,
)
from services.writeoff.store import QUERIES, PartyKey, columns, find_books, item_of, share_books


@dataclass(frozen=True, slots=True)
class Cause:
    """A remembered event, and the day on which what it causes is booked."""

    event: CauseEvent
    date: date

    @property
    def party(self) -> PartyKey:
        """Whom it concerns."""
        return (self.event.administration, self.event.party_id)


async def apply_referrals(connection: Connection, received: Sequence[Received[BailiffReferred]]) -> Outcome:
    """Mark the items, then write them off; a referral of an item that is not posted yet waits."""
    outcome = await apply_bailiff_referred(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    outcome.extend(await apply_causes(connection, [entry for entry in received if id(entry) not in waiting]))
    return outcome


async def apply_causes(connection: Connection, received: Sequence[Received[CauseEvent]]) -> Outcome:
    """Remember the events and ask for what they come to; those in an unknown administration wait."""
    books = await _books(connection, {entry.event.administration for entry in received})
    outcome = Outcome()
    known: dict[tuple[str, ...], Received[CauseEvent]] = {}
    for entry in received:
        event = entry.event
        if event.administration in books:
            known.setdefault((event.administration, event.party_id, event.topic, cause_key_of(event)), entry)
        else:
            outcome.waiting.append(Waiting(entry, f"administration {event.administration}"))
    rows = [_cause_row(key, entry) for key, entry in known.items()]
    added = await connection.fetch(load_queries(QUERIES).add_causes, *columns(rows, 8))
    new = [known[tuple(row)] for row in added]
    await evaluate(connection, [Cause(entry.event, booking_day(entry)) for entry in new], books)
    return outcome


def booking_day(entry: Received[CauseEvent]) -> date:
    """The day of the event; an event that is told ahead of its day is booked when it is told."""
    return min(day_of(entry.event), entry.envelope.time.date())


def _cause_row(key: tuple[str, ...], entry: Received[CauseEvent]) -> tuple[Any, ...]:
    body = entry.event.model_dump_json(exclude_none=True)
    return (*key, "event", booking_day(entry), body, entry.envelope.event_id)


async def apply_postings(connection: Connection, received: Sequence[Received[ItemPosted]]) -> Outcome:
    """Keep new items, and look whether something that concerns them happened before."""
    outcome = await apply_item_posted(connection, received)
    parties = {
        (event.administration, event.party_id)
        for event in (entry.event for entry in received)
        if event.subscription_id or event.note_id or event.checkin_id
    }
    await revisit(connection, parties)
    return outcome


async def apply_changes(connection: Connection, received: Sequence[Received[ItemChanged]]) -> Outcome:
    """Keep changes of items; a contribution that turned out to be invoiced may have been waited for."""
    outcome = await apply_item_changed(connection, received)
    await revisit(connection, {(entry.event.administration, entry.event.party_id) for entry in received})
    return outcome


async def revisit(connection: Connection, parties: Iterable[PartyKey]) -> None:
    """Look again at what happened to these parties before."""
    keys = sorted(set(parties))
    if not keys:
        return
    rows = await connection.fetch(load_queries(QUERIES).causes_of_parties, *columns(keys, 2))
    if rows:
        causes = [Cause(_event_of(row["topic"], row["event"]), row["date"]) for row in rows]
        await evaluate(connection, causes, await _books(connection, {cause.party[0] for cause in causes}))


def _event_of(topic: str, body: str) -> CauseEvent:
    return cast("CauseEvent", TOPICS[topic].model_validate_json(body))


async def _books(connection: Connection, administrations: Iterable[str]) -> dict[str, Books]:
    names = sorted(set(administrations))
    await share_books(connection, names)
    found = {name: await find_books(connection, name) for name in names}
    return {name: books for name, books in found.items() if books is not None}


async def evaluate(connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]) -> None:
    """Ask for what the causes come to now, once per item, and keep why not where they come to nothing."""
    if not causes:
        return
    items = await _related_items(connection, causes)
    proposals = [
        (cause, proposal)
        for cause in causes
        for proposal in propose(cause.event, by_party(items.get(cause.party, {})), books[cause.party[0]])
    ]
    requests = [_request(cause, proposal) for cause, proposal in proposals if proposal.lines]
    decisions = await ask_for(connection, requests, Known(books, items))
    refused = {decision.request.request_id: decision for decision in decisions if not decision.asks}
    rows = [_outcome_row(cause, proposal, refused) for cause, proposal in proposals]
    unique = {row[:5]: row for row in rows}
    if unique:
        await connection.execute(load_queries(QUERIES).put_rule_outcomes, *columns(unique.values(), 10))


async def _related_items(connection: Connection, causes: Sequence[Cause]) -> dict[PartyKey, dict[str, Item]]:
    parties = sorted({cause.party for cause in causes})
    named = sorted(
        {item_id for cause in causes if isinstance(cause.event, BailiffReferred) for item_id in cause.event.item_ids}
    )
    rows = await connection.fetch(load_queries(QUERIES).related_items, *columns(parties, 2), named)
    items: dict[PartyKey, dict[str, Item]] = {}
    for row in rows:
        items.setdefault((row["administration"], row["party_id"]), {})[row["item_id"]] = item_of(row)
    return items


def _request(cause: Cause, proposal: Proposal) -> Request:
    event = cause.event
    return Request(
        administration=event.administration,
        party_id=event.party_id,
        request_id=request_id_of(event, proposal.item_id),
        origin="rule",
        rule=proposal.rule,
        cause_topic=event.topic,
        cause_key=cause_key_of(event),
        date=cause.date,
        employee=event.employee or AUTOMATIC,
        lines=proposal.lines,
    )


def _outcome_row(cause: Cause, proposal: Proposal, refused: Mapping[Any, Decision]) -> tuple[Any, ...]:
    event = cause.event
    code, message = proposal.code, proposal.message
    request_id = request_id_of(event, proposal.item_id) if proposal.lines else None
    if request_id in refused:
        first = refused[request_id].skipped[0]
        code, message = first.code, first.message
    key = (event.administration, event.party_id, event.topic, cause_key_of(event), proposal.item_id)
    return (*key, proposal.rule, code, message, request_id, proposal.settled_amount)


def cause_event(topic: str, data: Mapping[str, Any]) -> CauseEvent:
    """An event of the library that a rule reacts to, validated as it would be when it came."""
    return _event_of(topic, json.dumps(dict(data), default=str))
