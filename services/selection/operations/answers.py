"""What the ledger tells: what was written off before, and the answers to our own write-offs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import ItemsWrittenOff
from read_model.items import take_items_matched
from services.selection.store.answers import (
    Account,
    Answered,
    count_answers,
    finish_batches,
    note_rejections,
    note_reversals,
    note_writeoffs,
)


async def take_matched(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, and remember write-offs and their reversals."""
    outcome = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    taken = [entry.event for entry in received if id(entry) not in waiting]
    await _note_writeoffs(connection, [match for match in taken if match.method == "write-off"])
    reversals = [match for match in taken if match.reversal_of and match.contra_lines]
    if reversals:
        await note_reversals(connection, reversals)
    return outcome


async def _note_writeoffs(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    unique = {(match.administration, match.party_id, match.match_id): match for match in matches}
    if not unique:
        return
    written_off: Counter[Account] = Counter()
    skipped: Counter[Account] = Counter()
    for match in await note_writeoffs(connection, list(unique.values())):
        written_off[match.administration, match.party_id] += len(match.lines)
        skipped[match.administration, match.party_id] += len(match.skipped)
    await _count(connection, written_off, skipped)


async def take_rejected(connection: Connection, received: Sequence[Received[MatchRejected]]) -> None:
    """Count what the ledger refused of our write-offs, once each."""
    unique = {(e.event.administration, e.event.party_id, e.event.request_id): e.event for e in received}
    skipped: Counter[Account] = Counter()
    for event in await note_rejections(connection, list(unique.values())):
        skipped[event.administration, event.party_id] += len(event.items)
    await _count(connection, Counter(), skipped)


async def _count(connection: Connection, written_off: Counter[Account], skipped: Counter[Account]) -> None:
    accounts = {*written_off, *skipped}
    if accounts:
        await count_answers(
            connection, {account: Answered(written_off[account], skipped[account]) for account in accounts}
        )


async def take_written_off(connection: Connection, received: Sequence[Received[ItemsWrittenOff]]) -> None:
    """Keep the outcome of our write-offs; those of others are none of ours."""
    events = {(entry.event.administration, entry.event.batch_id): entry.event for entry in received}
    await finish_batches(connection, list(events.values()))
