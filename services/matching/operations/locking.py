"""Whom a batch of events locks before any of it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.consuming.handling import Received
from chassis.database import Connection
from services.matching.store.items import lock_parties

LOCKING = {"item-changed", "match-requested"}
"""Topics whose events move or mark what is open."""


async def lock_batch(connection: Connection, received: Sequence[Received[Any]]) -> None:
    """Lock the parties of everything in a batch that moves or marks what is open, in the one order of all locks."""
    parties = {
        (entry.event.administration, entry.event.party_id) for entry in received if entry.record.topic in LOCKING
    }
    if parties:
        await lock_parties(connection, parties)
