"""Events: the read model, what was written off before, and the answers to our write-offs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chassis.consuming.handling import Handled, Handlers, Received
from chassis.database import Connection
from chassis.queries import load_queries
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import ItemsWrittenOff
from read_model.items import item_handlers, take_items_matched
from services.selection.store.sets import QUERIES

Account = tuple[str, str]
"""(administration, party_id)"""


def handlers() -> Handlers:
    """Topic -> handler, in the order in which a batch is applied."""
    return {
        **item_handlers(),
        "items-matched": take_matched,
        "match-rejected": take_rejected,
        "items-written-off": take_written_off,
    }


async def take_matched(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over open amounts, and remember write-offs and their reversals."""
    outcome = await take_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    taken = [entry.event for entry in received if id(entry) not in waiting]
    await _note_writeoffs(connection, [match for match in taken if match.method == "write-off"])
    await _note_reversals(connection, [match for match in taken if match.reversal_of and match.contra_lines])
    return outcome


async def _note_writeoffs(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    unique = list({(match.administration, match.party_id, match.match_id): match for match in matches}.values())
    if not unique:
        return
    rows = await connection.fetch(
        load_queries(QUERIES).note_writeoffs,
        [match.administration for match in unique],
        [match.party_id for match in unique],
        [match.match_id for match in unique],
        [match.currency for match in unique],
        [-sum(line.amount for line in match.lines) for match in unique],
        [len(match.lines) for match in unique],
    )
    new = {row["match_id"] for row in rows}
    written_off: Counter[Account] = Counter()
    skipped: Counter[Account] = Counter()
    for match in unique:
        if match.match_id in new:
            written_off[match.administration, match.party_id] += len(match.lines)
            skipped[match.administration, match.party_id] += len(match.skipped)
    await _count_answers(connection, written_off, skipped)


async def _note_reversals(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    if matches:
        await connection.execute(
            load_queries(QUERIES).note_reversals,
            *map(
                list,
                zip(*{(match.administration, match.party_id, match.reversal_of) for match in matches}, strict=True),
            ),
        )


async def take_rejected(connection: Connection, received: Sequence[Received[MatchRejected]]) -> None:
    """Count what the ledger refused of our write-offs, once each."""
    events = list({(e.event.administration, e.event.party_id, e.event.request_id): e.event for e in received}.values())
    rows = await connection.fetch(
        load_queries(QUERIES).note_rejections,
        [event.administration for event in events],
        [event.party_id for event in events],
        [event.request_id for event in events],
        [event.code for event in events],
        [event.message for event in events],
    )
    new = {row["request_id"] for row in rows}
    skipped: Counter[Account] = Counter()
    for event in events:
        if event.request_id in new:
            skipped[event.administration, event.party_id] += len(event.items)
    await _count_answers(connection, Counter(), skipped)


async def _count_answers(connection: Connection, written_off: Counter[Account], skipped: Counter[Account]) -> None:
    accounts = sorted(set(written_off) | set(skipped))
    if accounts:
        await connection.execute(
            load_queries(QUERIES).count_answers,
            [account[0] for account in accounts],
            [account[1] for account in accounts],
            [written_off[account] for account in accounts],
            [skipped[account] for account in accounts],
        )


async def take_written_off(connection: Connection, received: Sequence[Received[ItemsWrittenOff]]) -> None:
    """Keep the outcome of our write-offs; those of others are none of ours."""
    events = list({(entry.event.administration, entry.event.batch_id): entry.event for entry in received}.values())
    await connection.execute(
        load_queries(QUERIES).finish_batches,
        [event.administration for event in events],
        [event.batch_id for event in events],
        [event.model_dump_json() for event in events],
        [event.completed_at for event in events],
    )
