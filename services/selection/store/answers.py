"""What was heard of write-offs: matches and their reversals, refusals, and the outcome of our own ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import ItemsWrittenOff
from services.selection.store import QUERIES

Account = tuple[str, str]
"""(administration, party_id)"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the ledger told of a party's items that were asked to be written off: how many were, and were not."""

    written_off: int
    skipped: int


async def note_writeoffs(connection: Connection, matches: Sequence[ItemsMatched]) -> list[ItemsMatched]:
    """Remember matches as write-offs, one of each; those that are new."""
    rows = await connection.fetch(
        load_queries(QUERIES).note_writeoffs,
        [match.administration for match in matches],
        [match.party_id for match in matches],
        [match.match_id for match in matches],
        [match.currency for match in matches],
        [-sum(line.amount for line in match.lines) for match in matches],
        [len(match.lines) for match in matches],
    )
    new = {row["match_id"] for row in rows}
    return [match for match in matches if match.match_id in new]


async def note_reversals(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Remember which write-offs were taken back, also those that are yet to be heard of."""
    reversed_ones = {(match.administration, match.party_id, match.reversal_of) for match in matches}
    await connection.execute(load_queries(QUERIES).note_reversals, *columns(reversed_ones, 3))


async def note_rejections(connection: Connection, events: Sequence[MatchRejected]) -> list[MatchRejected]:
    """Remember refusals, one of each; those that are new."""
    rows = await connection.fetch(
        load_queries(QUERIES).note_rejections,
        [event.administration for event in events],
        [event.party_id for event in events],
        [event.request_id for event in events],
        [event.code for event in events],
        [event.message for event in events],
    )
    new = {row["request_id"] for row in rows}
    return [event for event in events if event.request_id in new]


async def count_answers(connection: Connection, answers: Mapping[Account, Answered]) -> None:
    """Add what was told of parties to what is known of their requests."""
    accounts = sorted(answers)
    await connection.execute(
        load_queries(QUERIES).count_answers,
        [account[0] for account in accounts],
        [account[1] for account in accounts],
        [answers[account].written_off for account in accounts],
        [answers[account].skipped for account in accounts],
    )


async def finish_batches(connection: Connection, events: Sequence[ItemsWrittenOff]) -> None:
    """Keep the outcome of our write-offs, one event of each; those of others are none of ours."""
    await connection.execute(
        load_queries(QUERIES).finish_batches,
        [event.administration for event in events],
        [event.batch_id for event in events],
        [event.model_dump_json() for event in events],
        [event.completed_at for event in events],
    )
