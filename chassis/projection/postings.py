"""Which postings are taken: the first of an identity is the fact, the same again is a duplicate, another is poison."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.received import Dead, Received
from chassis.errors import Poison
from contracts.library import ItemPosted

Identity = tuple[str, str, str]
"""(administration, party_id, item_id)"""


def identity_of(event: ItemPosted) -> Identity:
    """What names an item: an id belongs to its party."""
    return (event.administration, event.party_id, event.item_id)


def first_postings(received: Sequence[Received[ItemPosted]]) -> tuple[list[Received[ItemPosted]], bool]:
    """The first posting of each item in a batch, in key order; and whether a later one in it says something else."""
    first: dict[Identity, Received[ItemPosted]] = {}
    differ = False
    for entry in received:
        known = first.setdefault(identity_of(entry.event), entry)
        differ = differ or (known is not entry and known.event.fingerprint() != entry.event.fingerprint())
    return [first[identity] for identity in sorted(first)], differ


def contradiction(entry: Received[ItemPosted]) -> Dead:
    """A second posting under an id that is taken, with other facts."""
    poison = Poison(
        "contradictory-posting",
        f"Item {entry.event.item_id} of party {entry.event.party_id} was posted before with another amount, currency, "
        "kind, journal, voucher or date.",
        field="item_id",
        remedy="Items never change: post the correction under a new id.",
    )
    return Dead(entry.record, poison)
