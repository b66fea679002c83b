"""Which event does what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.consuming.handling import Handlers, Received
from chassis.database import Connection
from read_model.parties import take_administration_configured, take_party_updated
from services.matching.operations.postings import take_changes, take_postings, take_referrals, take_reminders
from services.matching.operations.requests import take_requests
from services.matching.store.items import lock_parties

LOCKING = {"item-changed", "match-requested"}


async def lock_batch(connection: Connection, received: Sequence[Received[Any]]) -> None:
    """Lock the parties of everything in a batch that moves or marks what is open, in the one order of all locks."""
    parties = {
        (entry.event.administration, entry.event.party_id) for entry in received if entry.record.topic in LOCKING
    }
    if parties:
        await lock_parties(connection, parties)


def handlers() -> Handlers:
    """Topic -> operation, in the order in which a batch is applied: what is referred to comes first."""
    return {
        "administration-configured": take_administration_configured,
        "party-updated": take_party_updated,
        "item-posted": take_postings,
        "item-changed": take_changes,
        "reminder-issued": take_reminders,
        "bailiff-referred": take_referrals,
        "match-requested": take_requests,
    }
