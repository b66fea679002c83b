"""Which postings are taken, and what waits for them.

The first posting of an identity is the fact, the same again is a duplicate, another is poison. An event that refers to
an item which is not posted yet waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

import asyncpg

from chassis.consuming.handling import Dead, Handled, Received, Waiting
from chassis.database import Connection, joined_texts
from chassis.errors import NotFound, Poison
from chassis.queries import load_queries
from contracts.event import PartyEvent
from contracts.library import Facts, ItemPosted
from read_model.parties import QUERIES

Identity = tuple[str, str, str]
"""(administration, party_id, item_id)"""

identity_of = attrgetter("administration", "party_id", "item_id")
"""What names an item: an id belongs to its party."""

Postings = dict[Identity, ItemPosted]
"""Postings by what they name, in the order of their keys: in which every transaction inserts them."""


class UnknownItem(NotFound):
    """A party has no item of this id."""

    def __init__(self, party_id: str, item_id: str, field: str = "item_id") -> None:
        super().__init__(
            "unknown-item",
            "Party {party_id} has no item {item_id}.",
            party_id=party_id,
            item_id=item_id,
            field=field,
            remedy="See the party's items.",
        )


def first_postings(received: Sequence[Received[ItemPosted]]) -> Postings:
    """The first posting of each item in a batch."""
    first: Postings = {}
    for entry in received:
        first.setdefault(identity_of(entry.event), entry.event)
    return {identity: first[identity] for identity in sorted(first)}


def contradictions(
    received: Sequence[Received[ItemPosted]], first: Postings, stored: Mapping[Identity, Facts]
) -> list[Dead]:
    """Postings that say something else than the stored one of their item, or than the first one in their batch."""
    if not stored and len(first) == len(received):
        return []
    truth = {identity: event.facts for identity, event in first.items()} | dict(stored)
    return [_contradiction(entry) for entry in received if entry.event.facts != truth[identity_of(entry.event)]]


def stored_facts(rows: Sequence[asyncpg.Record]) -> dict[Identity, Facts]:
    """Rows of a query for postings that are stored: the three columns of the identity, then those of the facts."""
    return {tuple(row[:3]): tuple(row[3:]) for row in rows}


def _contradiction(entry: Received[ItemPosted]) -> Dead:
    return Dead(entry.record, contradictory_posting(entry.event))


def contradictory_posting(event: ItemPosted) -> Poison:
    """What is told of a posting that says something else than the first one of its item."""
    return Poison(
        "contradictory-posting",
        "Item {event.item_id} of party {event.party_id} was posted before with another amount, currency, "
        "kind, journal, voucher or date.",
        event=event,
        field="item_id",
        remedy="Items never change: post the correction under a new id.",
    )


E = TypeVar("E", bound=PartyEvent)


async def split_unknown(
    connection: Connection,
    received: Sequence[Received[E]],
    items_of: Callable[[E], Iterable[str]],
    package: str = QUERIES,
) -> tuple[list[Received[E]], Handled]:
    """Events all of whose items are posted, and an outcome in which the others wait for their first missing item.

    `items_of` gives the ids of the items that an event refers to, all of them of the event's party. `package` is the
    package whose query `unknown_items` knows which items are posted, for a service that keeps items of its own.
    """
    references = [
        (position, (entry.event.administration, entry.event.party_id, item_id))
        for position, entry in enumerate(received)
        for item_id in items_of(entry.event)
    ]
    rows = await connection.fetch(load_queries(package).unknown_items, *joined_texts((key for _, key in references), 3))
    missing: dict[int, str] = {}
    for number in sorted(row["position"] for row in rows):
        position, (_, _, item_id) = references[number - 1]
        missing.setdefault(position, item_id)
    waiting = [Waiting(received[position], f"item {item_id}") for position, item_id in missing.items()]
    return [entry for position, entry in enumerate(received) if position not in missing], Handled(waiting=waiting)
