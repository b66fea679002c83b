"""What the ledger tells: what was written off before, and the answers to our own write-offs."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import ItemsWrittenOff
from read_model.items import take_items_matched
from services.selection.store.answers import (
    AskAnswer,
    count_answers,
    finish_batches,
    note_rejections,
    note_reversals,
    note_writeoffs,
)


async def take_matched(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, remember write-offs and their reversals, and count those that were ours."""
    handled = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in handled.waiting}
    taken = [entry.event for entry in received if id(entry) not in waiting]
    unique = {(match.administration, match.party_id, match.match_id): match for match in taken if _writes_off(match)}
    await _note(connection, [match for match in unique.values() if match.reversal_of is None])
    reversals = [match for match in unique.values() if match.reversal_of is not None]
    if reversals:
        await note_reversals(connection, reversals)
    return handled


def _writes_off(match: ItemsMatched) -> bool:
    """Whether items went against a write-off, or, in a reversal, came back from one."""
    return match.method == "write-off" or any(contra.kind == "write-off" for contra in match.contra_lines)


async def _note(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Remember write-offs, one of each, and count the new ones where they answer a request of ours."""
    new = await note_writeoffs(connection, matches) if matches else []
    answers = [
        AskAnswer(match.administration, match.party_id, match.request_id, len(match.lines))
        for match in new
        if match.request_id is not None
    ]
    if answers:
        await count_answers(connection, answers)


async def take_rejected(connection: Connection, received: Sequence[Received[MatchRejected]]) -> None:
    """Count what the ledger refused of our write-offs, once each: all that was asked, whichever items it names."""
    unique = {(e.event.administration, e.event.party_id, e.event.request_id): e.event for e in received}
    new = await note_rejections(connection, list(unique.values()))
    if new:
        await count_answers(
            connection, [AskAnswer(event.administration, event.party_id, event.request_id, 0) for event in new]
        )


async def take_written_off(connection: Connection, received: Sequence[Received[ItemsWrittenOff]]) -> None:
    """Keep the outcome of our write-offs; those of others are none of ours."""
    events = {(entry.event.administration, entry.event.batch_id): entry.event for entry in received}
    await finish_batches(connection, list(events.values()))
