"""Which event of which topic does what in reminders."""

from __future__ import annotations

from chassis.consuming.handling import Handlers
from read_model.items import item_handlers
from services.reminders.operations.own_reminders import take_own_reminders
from services.reminders.operations.settlements import take_settlements


def handlers() -> Handlers:
    """Topic -> operation: those of the shared read model, and what reminders keeps beside it."""
    return {
        **item_handlers(),
        "items-matched": take_settlements,
        "reminder-issued": take_own_reminders,
    }
