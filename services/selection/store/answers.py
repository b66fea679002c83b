"""What was heard of write-offs: matches and their reversals, refusals, and the outcome of our own ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import ItemsWrittenOff
from services.selection.store import QUERIES


@dataclass(frozen=True, slots=True)
class AskAnswer:
    """What the ledger answered to a question that may be ours: how many of its items it wrote off."""

    administration: str
    party_id: str
    ask_id: UUID
    written_off: int


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


async def count_answers(connection: Connection, answers: Sequence[AskAnswer]) -> None:
    """Add answers to the requests that they belong to; the rest of a question's items is skipped.

    Answers to what others asked change nothing. Each is given here once.
    """
    await connection.execute(
        load_queries(QUERIES).count_answers,
        [answer.administration for answer in answers],
        [answer.party_id for answer in answers],
        [answer.ask_id for answer in answers],
        [answer.written_off for answer in answers],
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
