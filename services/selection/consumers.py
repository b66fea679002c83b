"""The table of consumed topics: which operation takes each event."""

from __future__ import annotations

from chassis.consuming.handling import Handlers
from read_model.items import item_handlers
from services.selection.operations.answers import take_matched, take_rejected, take_written_off


def handlers() -> Handlers:
    """Topic -> operation, in the order in which a batch is applied: what is referred to comes first."""
    return {
        **item_handlers(),
        "items-matched": take_matched,
        "match-rejected": take_rejected,
        "items-written-off": take_written_off,
    }
