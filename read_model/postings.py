"""Which postings are taken: the first of an identity is the fact, the same again is a duplicate, another is poison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

import asyncpg

from chassis.consuming.handling import Dead, Received
from chassis.errors import NotFound, Poison
from contracts.library import Facts, ItemPosted

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
    poison = Poison(
        "contradictory-posting",
        "Item {entry.event.item_id} of party {entry.event.party_id} was posted before with another amount, currency, "
        "kind, journal, voucher or date.",
        entry=entry,
        field="item_id",
        remedy="Items never change: post the correction under a new id.",
    )
    return Dead(entry.record, poison)
