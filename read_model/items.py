"""Items: their posting, their changes, and what the ledger, reminders and the bailiff procedure say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter

from chassis.consuming.handling import Handled, Handlers, Received
from chassis.database import Connection, all_new, columns, copy_new, joined_numbers, joined_texts
from chassis.queries import load_queries
from contracts.library import BailiffReferred, Document, ItemChanged, ItemPosted
from contracts.matching import ItemsMatched, MatchLine
from contracts.reminders import ReminderIssued
from read_model.parties import QUERIES, take_administration_configured, take_party_updated
from read_model.postings import Identity, contradictions, first_postings, identity_of, split_unknown, stored_facts
from read_model.versions import judge_versions, standing

_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_CHANGES = TypeAdapter(list[ItemChanged])

POSTED_FIELDS = (
    "administration",
    "party_id",
    "item_id",
    "kind",
    "amount",
    "currency",
    "base_amount",
    "journal",
    "voucher",
    "item_date",
    "payment_terms_days",
    "payment_method",
    "till",
    "description",
    "branch",
    "invoice_number",
    "reference",
    "employee",
    "subscription_id",
    "period_start",
    "period_end",
    "loan_id",
    "material_id",
    "checkin_id",
    "note_id",
    "reminder_id",
    "money_back",
    "reverses",
    "due_date",
    "blocked",
    "in_payment_run",
    "on_bank_statement",
    "processed",
)
"""What a posting and its row call by the same name."""
ITEM_COLUMNS = (*POSTED_FIELDS, "stated_status", "documents", "open_amount")

_posted_values = itemgetter(*POSTED_FIELDS)


async def take_item_posted(connection: Connection, received: Sequence[Received[ItemPosted]]) -> Handled:
    """Insert new items with all of their amount open."""
    first = first_postings(received)
    rows = [_row_of(event) for event in first.values()]
    if await all_new(connection, partial(copy_new, connection, "item", ITEM_COLUMNS, rows)):
        return Handled(dead=contradictions(received, first, {}))
    posted = await connection.fetch(load_queries(QUERIES).posted_items, *columns(first, 3))
    stored = stored_facts(posted)
    new = [row for identity, row in zip(first, rows, strict=True) if identity not in stored]
    await copy_new(connection, "item", ITEM_COLUMNS, new)
    return Handled(dead=contradictions(received, first, stored))


def _row_of(event: ItemPosted) -> tuple[Any, ...]:
    documents = _DOCUMENTS.dump_json(event.documents, exclude_none=True).decode() if event.documents else "[]"
    return (*_posted_values(event.__dict__), event.status, documents, event.amount)


async def take_item_changed(connection: Connection, received: Sequence[Received[ItemChanged]]) -> Handled:
    """Take over each item's newest changeable state; a change of an item that is not posted yet waits.

    Another state under the version that holds is put aside.
    """
    queries = load_queries(QUERIES)
    known, outcome = await split_unknown(connection, received, lambda event: (event.item_id,))
    rows = await connection.fetch(queries.stored_states, *columns(sorted({identity_of(e.event) for e in known}), 3))
    newest, outcome.dead = judge_versions(known, standing(rows, 3), identity_of)
    if newest:
        await connection.execute(queries.change_items, _CHANGES.dump_json(list(newest.values())).decode())
    return outcome


async def take_items_matched(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over the open amounts that the ledger states; a line on an item that is not posted yet waits."""
    known, outcome = await split_unknown(connection, received, lambda event: [line.item_id for line in event.lines])
    lines: dict[Identity, MatchLine] = {}
    given_back: dict[Identity, date] = {}
    for entry in known:
        for line in entry.event.lines:
            key = (entry.event.administration, entry.event.party_id, line.item_id)
            if key not in lines or lines[key].version < line.version:
                lines[key] = line
            if entry.event.reversal_of is not None:
                given_back[key] = max(entry.event.date, given_back.get(key, entry.event.date))
    keys = sorted(lines)
    await connection.execute(
        load_queries(QUERIES).set_open_amounts,
        *joined_texts(keys, 3),
        joined_numbers(lines[key].open_amount for key in keys),
        joined_numbers(lines[key].version for key in keys),
    )
    if given_back:
        named = sorted(given_back)
        days = [given_back[key] for key in named]
        await connection.execute(load_queries(QUERIES).set_given_back, *columns(named, 3), days)
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


async def take_reminder_issued(connection: Connection, received: Sequence[Received[ReminderIssued]]) -> Handled:
    """Mark the items as reminded, at the highest level and latest date that any reminder gave them."""
    known, outcome = await split_unknown(connection, received, lambda event: [item.item_id for item in event.items])
    marks: dict[Identity, tuple[int, date]] = {}
    for event in (entry.event for entry in known):
        for item in event.items:
            key = (event.administration, event.party_id, item.item_id)
            level, day = marks.get(key, (0, event.date))
            marks[key] = (max(level, item.level), max(day, event.date))
    await mark_reminded(connection, marks)
    return outcome


async def mark_reminded(connection: Connection, marks: Mapping[Identity, tuple[int, date]]) -> None:
    """Set items to reminded, each at a level and on a day; neither ever goes back."""
    keys = sorted(marks)
    await connection.execute(
        load_queries(QUERIES).mark_reminded,
        *columns(keys, 3),
        [marks[key][0] for key in keys],
        [marks[key][1] for key in keys],
    )


async def take_bailiff_referred(connection: Connection, received: Sequence[Received[BailiffReferred]]) -> Handled:
    """Mark the items as taken into the bailiff procedure."""
    known, outcome = await split_unknown(connection, received, lambda event: event.item_ids)
    keys = sorted({(e.event.administration, e.event.party_id, item_id) for e in known for item_id in e.event.item_ids})
    await connection.execute(load_queries(QUERIES).mark_at_bailiff, *columns(keys, 3))
    return outcome


def item_handlers() -> Handlers:
    """The read model's table: topic -> handler, in the order in which a batch is applied."""
    return {
        "administration-configured": take_administration_configured,
        "party-updated": take_party_updated,
        "item-posted": take_item_posted,
        "item-changed": take_item_changed,
        "items-matched": take_items_matched,
        "reminder-issued": take_reminder_issued,
        "bailiff-referred": take_bailiff_referred,
    }
