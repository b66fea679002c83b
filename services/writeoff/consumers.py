"""Which event leads to which operation, in the order in which a batch's topics are applied."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.handling import Dead, Handled, Handlers, Received, Waiting
from chassis.database import Connection, columns
from chassis.errors import Poison
from chassis.queries import load_queries
from contracts.operators import AdministrationConfigured
from contracts.selection import WriteoffRequested
from read_model.items import item_handlers
from read_model.parties import take_administration_configured
from services.writeoff.domain.books import Books
from services.writeoff.operations.answers import take_matches, take_rejections
from services.writeoff.operations.causes import take_causes, take_changes, take_postings, take_referrals
from services.writeoff.operations.requests import Known, ask_for, batch_request
from services.writeoff.store.requests import QUERIES, PartyItems, load_books, load_items, share_books


async def take_configuration(connection: Connection, received: Sequence[Received[AdministrationConfigured]]) -> Handled:
    """Keep the newest configuration, and every journal that it ever named: what was used can never disappear."""
    outcome = await take_administration_configured(connection, received)
    administrations = sorted({entry.event.administration for entry in received})
    await connection.execute(load_queries(QUERIES).keep_journals, administrations)
    return outcome


async def take_requests(connection: Connection, received: Sequence[Received[WriteoffRequested]]) -> Handled:
    """Ask the ledger for approved write-offs; what refers to an unknown administration or item waits."""
    administrations = sorted({entry.event.administration for entry in received})
    await share_books(connection, administrations)
    books = await load_books(connection, administrations)
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
    received: Sequence[Received[WriteoffRequested]], books: dict[str, Books], items: PartyItems
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
    queries = load_queries(QUERIES)
    events = [entry.event for entry in received]
    first = {(event.administration, event.batch_id): event for event in reversed(events)}
    rows = ((*key, event.set_id, event.batch_requests, event.employee) for key, event in sorted(first.items()))
    await connection.execute(queries.add_batches, *columns(rows, 5))
    contradicting = await connection.fetch(
        queries.contradicting_batches,
        *columns(((event.administration, event.batch_id, event.batch_requests) for event in events), 3),
    )
    positions = {row["position"] - 1 for row in contradicting}
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


def handlers() -> Handlers:
    """Topic -> handler: first what is known, then what is wished, then what the ledger answered."""
    return {
        **item_handlers(),
        "administration-configured": take_configuration,
        "item-posted": take_postings,
        "item-changed": take_changes,
        "bailiff-referred": take_referrals,
        "subscription-cancelled": take_causes,
        "material-returned": take_causes,
        "checkin-cancelled": take_causes,
        "borrower-enrolled": take_causes,
        "writeoff-requested": take_requests,
        "items-matched": take_matches,
        "match-rejected": take_rejections,
    }
