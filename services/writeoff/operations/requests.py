"""From a wish to a question: requests are kept once, checked, and asked of the ledger, in one transaction.

The approved write-offs of selected items come as events: each batch is begun by its first request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from chassis.consuming.handling import Dead, Handled, Received, Waiting
from chassis.database import Connection
from chassis.errors import Poison
from chassis.outbox import OutboxEvent, add_to_outbox
from contracts.selection import WriteoffRequested
from contracts.writeoff import MatchRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Ask, AskedLine, Decision, PartyItems, Request, decide
from services.writeoff.operations.books import shared_books
from services.writeoff.operations.returned_material import add_releases
from services.writeoff.store.batches import BatchKey, BatchStep, add_batch_steps, add_batches, contradicting_batches
from services.writeoff.store.books import looking_up_keys
from services.writeoff.store.items import load_items
from services.writeoff.store.requests import add_requests, add_wishes


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where requests are decided: books by administration, items by party."""

    books: Mapping[str, Books]
    items: PartyItems


async def ask_for(connection: Connection, requests: Sequence[Request], known: Known) -> list[Decision]:
    """Keep the requests that are new, and ask the ledger for what of them is allowed; gives their decisions.

    A request that was kept before has no effect: the same wish may come any number of times. One that needs an
    approval is kept and waits for it.
    """
    unique = {request.key: request for request in requests}
    new = await add_requests(connection, list(unique.values()))
    if not new:
        return []
    decisions = [_decide(request, known) for request in new if request.needs_approval is None]
    await add_wishes(connection, new, known.items, decisions)
    undone = await add_releases(connection, decisions)
    await add_to_outbox(connection, [*undone, *(question(ask) for decision in decisions for ask in decision.asks)])
    await _count_in_batches(connection, decisions)
    return decisions


async def send(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Keep decisions on requests that are kept already, and publish their asks."""
    await add_wishes(connection, (), {}, decisions)
    await add_to_outbox(connection, [question(ask) for decision in decisions for ask in decision.asks])


def _decide(request: Request, known: Known) -> Decision:
    items = known.items.get(request.party, {})
    return decide(request, items, known.books[request.administration])


async def _count_in_batches(connection: Connection, decisions: Sequence[Decision]) -> None:
    requests: Counter[BatchKey] = Counter()
    asks: Counter[BatchKey] = Counter()
    for decision in decisions:
        if decision.request.batch_id is not None:
            batch = (decision.request.administration, decision.request.batch_id)
            requests[batch] += 1
            asks[batch] += len(decision.asks)
    await add_batch_steps(connection, {batch: BatchStep(count, asks[batch], 0) for batch, count in requests.items()})


def question(ask: Ask) -> OutboxEvent:
    """The match-requested that asks the ledger; its parts were validated where they came in, so they are not again."""
    request = ask.request
    is_reversal = request.reversal_of is not None
    facts: dict[str, Any] = {
        "administration": request.administration,
        "party_id": request.party_id,
        "request_id": str(ask.ask_id),
        "method": "reversal" if is_reversal else "write-off",
        "currency": ask.currency,
        "date": request.date,
        "journal": ask.journal,
        "fiscal_year": ask.period.year,
        "period": ask.period.period,
        "lines": [
            {"item_id": line.item_id, "amount": line.amount, "approved_open_amount": line.approved_open_amount}
            for line in ask.lines
        ],
        "note": request.note,
        "employee": request.employee,
    }
    if is_reversal:
        facts["reversal_of"] = request.reversal_of
    else:
        facts["contra"] = {"kind": "write-off", "journal": ask.journal}
    return OutboxEvent(MatchRequested.topic, f"{request.administration}:{request.party_id}", to_json(facts))


async def take_requests(connection: Connection, received: Sequence[Received[WriteoffRequested]]) -> Handled:
    """Ask the ledger for approved write-offs; what refers to an unknown administration or item waits."""
    books = await shared_books(connection, (entry.event.administration for entry in received))
    async with looking_up_keys(connection):
        items = await load_items(
            connection,
            ((e.event.administration, e.event.party_id, line.item_id) for e in received for line in e.event.lines),
        )
        ready, outcome = _ready(received, books, items)
        ready, dead = await _without_contradicting(connection, ready)
        outcome.dead += dead
        await ask_for(connection, [batch_request(entry.event) for entry in ready], Known(books, items))
    return outcome


def _ready(
    received: Sequence[Received[WriteoffRequested]], books: Mapping[str, Books], items: PartyItems
) -> tuple[list[Received[WriteoffRequested]], Handled]:
    """Requests that can be decided; one whose items never came is decided without them when it waited too long."""
    ready: list[Received[WriteoffRequested]] = []
    outcome = Handled()
    for entry in received:
        event = entry.event
        known = items.get((event.administration, event.party_id), {})
        unknown = next((line.item_id for line in event.lines if line.item_id not in known), None)
        if event.administration not in books:
            outcome.waiting.append(Waiting(entry, f"administration {event.administration}"))
        elif unknown is not None and not entry.overdue:
            outcome.waiting.append(Waiting(entry, f"item {unknown}"))
        else:
            ready.append(entry)
    return ready, outcome


async def _without_contradicting(
    connection: Connection, received: Sequence[Received[WriteoffRequested]]
) -> tuple[list[Received[WriteoffRequested]], list[Dead]]:
    """Begin the batches that are new; an event that tells another number of requests than the first is poison."""
    events = [entry.event for entry in received]
    first = {(event.administration, event.batch_id): event for event in reversed(events)}
    await add_batches(connection, first.values())
    positions = await contradicting_batches(connection, events)
    dead = [Dead(received[position].record, _contradiction(events[position])) for position in sorted(positions)]
    return [entry for position, entry in enumerate(received) if position not in positions], dead


def _contradiction(event: WriteoffRequested) -> Poison:
    return Poison(
        "contradictory-batch",
        "Batch {event.batch_id} was told before with another number of requests than {event.batch_requests}.",
        event=event,
        field="batch_requests",
        remedy="A batch is one approval: send another one under a new batch_id.",
    )


def batch_request(event: WriteoffRequested) -> Request:
    """An approved write-off, as a request of ours."""
    return Request(
        administration=event.administration,
        party_id=event.party_id,
        request_id=event.request_id,
        origin="batch",
        batch_id=event.batch_id,
        date=event.date,
        employee=event.employee,
        approved_by=event.approved_by,
        note=event.note,
        lines=tuple(
            AskedLine(
                item_id=line.item_id,
                journal=event.journal,
                currency=line.currency,
                amount=line.open_amount,
                approved_open_amount=line.open_amount,
            )
            for line in {line.item_id: line for line in event.lines}.values()
        ),
    )
