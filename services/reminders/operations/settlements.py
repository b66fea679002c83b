"""What was settled when: for interest by the day, and for what a reminder brought in."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.matching import ItemsMatched
from read_model.items import take_items_matched
from services.reminders.store.claims import insert_settlements

WRITE_OFFS = frozenset({"write-off", "small-balance"})
"""Methods that settle without any money: they are no effect of a reminder."""


async def take_settlements(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, and keep what was settled when."""
    outcome = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    events = [entry.event for entry in received if id(entry) not in waiting]
    await insert_settlements(connection, events, _is_written_off)
    return outcome


def _is_written_off(match: ItemsMatched) -> bool:
    return match.reason is not None or match.method in WRITE_OFFS
