"""Events that refer to items: an item that is not posted yet makes its event wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from chassis.consuming.handling import Handled, Received, Waiting
from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.event import PartyEvent
from read_model.parties import QUERIES

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
    rows = await connection.fetch(load_queries(package).unknown_items, *columns((key for _, key in references), 3))
    missing: dict[int, str] = {}
    for number in sorted(row["position"] for row in rows):
        position, (_, _, item_id) = references[number - 1]
        missing.setdefault(position, item_id)
    waiting = [Waiting(received[position], f"item {item_id}") for position, item_id in missing.items()]
    return [entry for position, entry in enumerate(received) if position not in missing], Handled(waiting=waiting)
