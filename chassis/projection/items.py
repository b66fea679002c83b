"""Items: their posting, their changes, and what the ledger, reminders and the bailiff procedure say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from pydantic import TypeAdapter

from chassis.consuming.received import Dead, Handler, Outcome, Received, Waiting
from chassis.database import Connection
from chassis.projection.parties import QUERIES, apply_administration_configured, apply_party_updated
from chassis.projection.postings import Identity, contradiction, first_postings, identity_of
from chassis.queries import load_queries
from contracts.event import PartyEvent
from contracts.library import BailiffReferred, ItemChanged, ItemPosted
from contracts.matching import ItemsMatched, MatchLine
from contracts.reminders import ReminderIssued

E = TypeVar("E", bound=PartyEvent)

_POSTINGS = TypeAdapter(list[ItemPosted])
_CHANGES = TypeAdapter(list[ItemChanged])


async def apply_item_posted(connection: Connection, received: Sequence[Received[ItemPosted]]) -> Outcome:
    """Insert new items with all of their amount open."""
    entries, differ = first_postings(received)
    events = [entry.event for entry in entries]
    fingerprints = [event.fingerprint() for event in events]
    status = await connection.execute(
        load_queries(QUERIES).insert_items, _POSTINGS.dump_json(events, exclude_none=True).decode(), fingerprints
    )
    if differ or int(status.rpartition(" ")[2]) < len(events):
        return Outcome(dead=await _contradictions(connection, received))
    return Outcome()


async def _contradictions(connection: Connection, received: Sequence[Received[ItemPosted]]) -> list[Dead]:
    """Postings that say something else than the first of their item, which is stored by now."""
    keys = [identity_of(entry.event) for entry in received]
    fingerprints = [entry.event.fingerprint() for entry in received]
    rows = await connection.fetch(load_queries(QUERIES).contradicting_items, *_columns(keys), fingerprints)
    return [contradiction(received[row["position"] - 1]) for row in rows]


async def apply_item_changed(connection: Connection, received: Sequence[Received[ItemChanged]]) -> Outcome:
    """Take over each item's newest changeable state; a change of an item that is not posted yet waits."""
    known, outcome = await split_unknown(connection, received, lambda event: (event.item_id,))
    ordered = sorted((entry.event for entry in known), key=lambda event: event.version)
    newest = {(event.administration, event.party_id, event.item_id): event for event in ordered}
    changes = [newest[key] for key in sorted(newest)]
    if changes:
        await connection.execute(load_queries(QUERIES).change_items, _CHANGES.dump_json(changes).decode())
    return outcome


async def apply_items_matched(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Outcome:
    """Take over the open amounts that the ledger states; a line on an item that is not posted yet waits."""
    known, outcome = await split_unknown(connection, received, lambda event: [line.item_id for line in event.lines])
    lines: dict[Identity, MatchLine] = {}
    for entry in known:
        for line in entry.event.lines:
            key = (entry.event.administration, entry.event.party_id, line.item_id)
            if key not in lines or lines[key].version < line.version:
                lines[key] = line
    keys = sorted(lines)
    await connection.execute(
        load_queries(QUERIES).set_open_amounts,
        *_columns(keys),
        [lines[key].open_amount for key in keys],
        [lines[key].version for key in keys],
    )
    await _add_corrections(connection, [entry.event for entry in known if entry.event.origin_administration])
    return outcome


async def _add_corrections(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Sum what other administrations corrected, once per match."""
    if not matches:
        return
    queries = load_queries(QUERIES)
    rows = await connection.fetch(
        queries.new_corrections,
        [match.administration for match in matches],
        [match.party_id for match in matches],
        [match.match_id for match in matches],
    )
    new = {row["match_id"] for row in rows}
    taken = {match.match_id: match for match in matches if match.match_id in new}
    lines = [(match.administration, match.party_id, line) for match in taken.values() for line in match.lines]
    await connection.execute(
        queries.add_corrections,
        [administration for administration, _, _ in lines],
        [party_id for _, party_id, _ in lines],
        [line.item_id for _, _, line in lines],
        [line.amount for _, _, line in lines],
    )


async def apply_reminder_issued(connection: Connection, received: Sequence[Received[ReminderIssued]]) -> Outcome:
    """Mark the items as reminded, at the highest level and latest date that any reminder gave them."""
    known, outcome = await split_unknown(connection, received, lambda event: [item.item_id for item in event.items])
    marks: dict[Identity, tuple[int, date]] = {}
    for event in (entry.event for entry in known):
        for item in event.items:
            key = (event.administration, event.party_id, item.item_id)
            level, day = marks.get(key, (0, event.date))
            marks[key] = (max(level, item.level), max(day, event.date))
    keys = sorted(marks)
    await connection.execute(
        load_queries(QUERIES).mark_reminded,
        *_columns(keys),
        [marks[key][0] for key in keys],
        [marks[key][1] for key in keys],
    )
    return outcome


async def apply_bailiff_referred(connection: Connection, received: Sequence[Received[BailiffReferred]]) -> Outcome:
    """Mark the items as taken into the bailiff procedure."""
    known, outcome = await split_unknown(connection, received, lambda event: event.item_ids)
    keys = sorted({(e.event.administration, e.event.party_id, item_id) for e in known for item_id in e.event.item_ids})
    await connection.execute(load_queries(QUERIES).mark_at_bailiff, *_columns(keys))
    return outcome


async def split_unknown(
    connection: Connection, received: Sequence[Received[E]], items_of: Callable[[E], Iterable[str]]
) -> tuple[list[Received[E]], Outcome]:
    """Events all of whose items are posted, and the others, which have to wait."""
    references = [
        (position, (entry.event.administration, entry.event.party_id, item_id))
        for position, entry in enumerate(received)
        for item_id in items_of(entry.event)
    ]
    rows = await connection.fetch(load_queries(QUERIES).unknown_items, *_columns([key for _, key in references]))
    unknown: dict[int, str] = {}
    for row in rows:
        position, (_, _, item_id) = references[row["position"] - 1]
        unknown.setdefault(position, item_id)
    waiting = [Waiting(received[position], f"item {item_id}") for position, item_id in unknown.items()]
    return [entry for position, entry in enumerate(received) if position not in unknown], Outcome(waiting=waiting)


def _columns(keys: Sequence[Identity]) -> tuple[list[str], list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]


def item_handlers() -> dict[str, Handler]:
    """The read model's table: topic -> handler, in the order in which a batch is applied."""
    return {
        "administration-configured": apply_administration_configured,
        "party-updated": apply_party_updated,
        "item-posted": apply_item_posted,
        "item-changed": apply_item_changed,
        "items-matched": apply_items_matched,
        "reminder-issued": apply_reminder_issued,
        "bailiff-referred": apply_bailiff_referred,
    }
