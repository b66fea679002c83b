"""Events and what reminders does with them: the shared read model, and what happened to items and debtors since."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.handling import Handled, Handlers, Received
from chassis.database import Connection
from chassis.queries import load_queries
from contracts.matching import ItemsMatched
from contracts.reminders import ReminderIssued
from read_model.items import item_handlers, take_items_matched, take_reminder_issued
from services.reminders.store import QUERIES
from services.reminders.store.issuing import move_parties

WRITE_OFFS = frozenset({"write-off", "small-balance"})
"""Methods that settle without any money: they are no effect of a reminder."""


async def take_settlements(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, and keep what was settled when."""
    outcome = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    lines = [(entry.event, line) for entry in received if id(entry) not in waiting for line in entry.event.lines]
    await connection.execute(
        load_queries(QUERIES).insert_settlements,
        [event.administration for event, _ in lines],
        [event.party_id for event, _ in lines],
        [line.item_id for _, line in lines],
        [event.match_id for event, _ in lines],
        [event.date for event, _ in lines],
        [line.amount for _, line in lines],
        [event.reason is not None or event.method in WRITE_OFFS for event, _ in lines],
    )
    return outcome


async def take_own_reminders(connection: Connection, received: Sequence[Received[ReminderIssued]]) -> Handled:
    """Our own reminders coming back: they only matter where the tables were made anew from the events."""
    outcome = await take_reminder_issued(connection, received)
    by_administration: dict[str, dict[str, ReminderIssued]] = {}
    for event in sorted((entry.event for entry in received), key=lambda event: (event.date, event.level)):
        by_administration.setdefault(event.administration, {})[event.party_id] = event
    for administration, newest in by_administration.items():
        reached = [(party_id, event.date, event.level) for party_id, event in sorted(newest.items())]
        await move_parties(connection, administration, reached)
    return outcome


def handlers() -> Handlers:
    """Topic -> operation."""
    return {
        **item_handlers(),
        "items-matched": take_settlements,
        "reminder-issued": take_own_reminders,
    }
