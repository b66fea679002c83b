"""Our own reminders as they come back: they only matter where the tables were made anew from the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.reminders import ReminderIssued
from read_model.items import take_reminder_issued
from services.reminders.store.issuing import LevelReached, move_parties


async def take_own_reminders(connection: Connection, received: Sequence[Received[ReminderIssued]]) -> Handled:
    """Mark the items as reminded, and move their debtors' last-reminder date and level, neither of which goes back."""
    outcome = await take_reminder_issued(connection, received)
    newest: dict[str, dict[str, ReminderIssued]] = defaultdict(dict)
    for event in sorted((entry.event for entry in received), key=lambda event: (event.date, event.level)):
        newest[event.administration][event.party_id] = event
    for administration, by_party in newest.items():
        reached = [LevelReached(party_id, event.date, event.level) for party_id, event in sorted(by_party.items())]
        await move_parties(connection, administration, reached)
    return outcome
