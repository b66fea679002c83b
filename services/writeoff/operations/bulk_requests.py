"""Approved write-offs of selected items: each batch is begun by its first request, and each request asked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.consuming.handling import Dead, Handled, Received, Waiting
from chassis.database import Connection
from chassis.errors import Poison
from contracts.selection import WriteoffRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import AskedLine, PartyItems, Request
from services.writeoff.operations.books import shared_books
from services.writeoff.operations.requests import Known, ask_for
from services.writeoff.store.batches import add_batches, contradicting_batches
from services.writeoff.store.books import looking_up_keys
from services.writeoff.store.items import load_items


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
