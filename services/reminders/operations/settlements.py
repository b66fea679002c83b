"""What was settled when: for interest by the day, and for what a reminder brought in."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.matching import ItemsMatched
from read_model.items import take_items_matched
from services.reminders.store.claims import ItemSettlement, insert_settlements

WRITE_OFFS = frozenset({"write-off", "small-balance"})
"""Methods that settle without any money: they are no effect of a reminder."""


async def take_settlements(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, and keep what was settled when."""
    outcome = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    events = [entry.event for entry in received if id(entry) not in waiting]
    await insert_settlements(
        connection,
        [
            ItemSettlement(
                administration=event.administration,
                party_id=event.party_id,
                item_id=line.item_id,
                match_id=event.match_id,
                settled_on=event.date,
                amount_minor=line.amount,
                is_written_off=event.reason is not None or event.method in WRITE_OFFS,
            )
            for event in events
            for line in event.lines
        ],
    )
    return outcome
