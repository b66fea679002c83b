"""Items come in, change, and are marked: what library systems and reminders tell, and whom a batch of it locks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.library import BailiffReferred, ItemChanged, ItemPosted
from contracts.reminders import ReminderIssued
from read_model.parties import party_of
from read_model.postings import contradictions, first_postings, identity_of, split_unknown
from read_model.versions import judge_versions
from services.matching.domain.ledger import ItemKey
from services.matching.store import QUERIES
from services.matching.store import items as store
from services.matching.store.items import ItemMark, lock_parties


async def take_postings(connection: Connection, received: Sequence[Received[ItemPosted]]) -> Handled:
    """Post new items; the same again is ignored, another posting under a taken id is put aside."""
    first = first_postings(received)
    stored = await store.post_items(connection, first)
    return Handled(dead=contradictions(received, first, stored))


async def take_changes(connection: Connection, received: Sequence[Received[ItemChanged]]) -> Handled:
    """Take over each item's newest state; a change of an item that is not posted yet waits.

    Another state under the version that holds is put aside.
    """
    known, outcome = await split_unknown(connection, received, lambda event: (event.item_id,), QUERIES)
    await store.lock_parties(connection, (party_of(entry.event) for entry in known))
    stored = await store.stored_states(connection, {identity_of(entry.event) for entry in known})
    newest, outcome.dead = judge_versions(known, stored, identity_of)
    await store.change_items(connection, list(newest.values()))
    return outcome


async def take_reminders(connection: Connection, received: Sequence[Received[ReminderIssued]]) -> Handled:
    """Mark the items of issued reminders."""
    known, outcome = await split_unknown(
        connection, received, lambda event: [item.item_id for item in event.items], QUERIES
    )
    marks: dict[ItemKey, ItemMark] = {}
    for event in (entry.event for entry in known):
        for item in event.items:
            key = (event.administration, event.party_id, item.item_id)
            marks[key] = ItemMark(reminder_level=max(item.level, marks.get(key, ItemMark()).reminder_level))
    await store.mark_items(connection, marks)
    return outcome


async def take_referrals(connection: Connection, received: Sequence[Received[BailiffReferred]]) -> Handled:
    """Mark the items that were taken into the bailiff procedure."""
    known, outcome = await split_unknown(connection, received, lambda event: event.item_ids, QUERIES)
    marks = {
        (entry.event.administration, entry.event.party_id, item_id): ItemMark(at_bailiff=True)
        for entry in known
        for item_id in entry.event.item_ids
    }
    await store.mark_items(connection, marks)
    return outcome


LOCKING = {"item-changed", "match-requested"}
"""Topics whose events move or mark what is open."""


async def lock_batch(connection: Connection, received: Sequence[Received[Any]]) -> None:
    """Lock the parties of everything in a batch that moves or marks what is open, in the one order of all locks."""
    parties = {
        (entry.event.administration, entry.event.party_id) for entry in received if entry.record.topic in LOCKING
    }
    if parties:
        await lock_parties(connection, parties)
