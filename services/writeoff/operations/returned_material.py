"""What was paid for material that comes back: its settlement is undone, so that the payment stands open as a credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from chassis.database import Connection, columns
from chassis.outbox import OutboxEvent
from chassis.queries import load_queries
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import MatchRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import SettledLine, Settlement, Undoing, undoings
from services.writeoff.domain.requests import Decision, Request
from services.writeoff.store.requests import QUERIES, PartyKey, RequestKey


async def keep_settlements(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Remember what settled charges of notes, and which of it was undone since."""
    queries = load_queries(QUERIES)
    settled = [match for match in matches if match.reversal_of is None and not match.contra_lines]
    if settled:
        await connection.execute(queries.keep_settlements, *columns(map(_settlement_row, settled), 6))
    undone = [
        (match.administration, match.party_id, match.reversal_of) for match in matches if match.reversal_of is not None
    ]
    if undone:
        await connection.execute(queries.note_undone_settlements, *columns(undone, 3))


def _settlement_row(match: ItemsMatched) -> tuple[Any, ...]:
    lines = [{"item_id": line.item_id, "amount": line.amount} for line in match.lines]
    named = (match.administration, match.party_id, match.match_id, match.journal, match.currency)
    return (*named, to_json(lines).decode())


async def find_undoings(
    connection: Connection, taken_back: Mapping[PartyKey, Iterable[str]], books: Mapping[str, Books]
) -> dict[PartyKey, list[Undoing]]:
    """What is undone so that what was paid for these charges of parties stands open as a credit."""
    if not taken_back:
        return {}
    rows = await connection.fetch(load_queries(QUERIES).settlements_of_parties, *columns(sorted(taken_back), 2))
    standing: dict[PartyKey, list[Settlement]] = {}
    for row in rows:
        lines = tuple(SettledLine(*line) for line in from_json(row["lines"]))
        settlement = Settlement(row["match_id"], row["journal"], row["currency"], lines)
        standing.setdefault((row["administration"], row["party_id"]), []).append(settlement)
    return {party: undoings(found, taken_back[party], books[party[0]]) for party, found in standing.items()}


async def add_releases(connection: Connection, decisions: Sequence[Decision]) -> list[OutboxEvent]:
    """Keep what is given back with these decisions; gives the questions, to be asked before those for write-offs."""
    releases: list[tuple[Any, ...]] = []
    questions: list[OutboxEvent] = []
    for decision in decisions:
        request = decision.request
        if not (decision.asks and request.undoes):
            continue
        own = {line.item_id for line in request.lines}
        for undoing in request.undoes:
            ids = (undoing.undo_id(_cause(request)), undoing.again_id(_cause(request)))
            releases += [
                (*request.cause, item_id, undoing.settlement.match_id, amount, *ids)
                for item_id, amount in undoing.freed
                if item_id in own
            ]
            questions += _questions(decision, undoing, ids)
    if releases:
        await connection.execute(load_queries(QUERIES).add_releases, *columns(releases, 9))
    return questions


def _cause(request: Request) -> str:
    return "\x1f".join(request.cause)


def _questions(decision: Decision, undoing: Undoing, ids: tuple[UUID, UUID | None]) -> list[OutboxEvent]:
    """The reversal, and the settlement of what else it had settled, in this order."""
    request, period = decision.request, decision.asks[0].period
    common: dict[str, Any] = {
        "administration": request.administration,
        "party_id": request.party_id,
        "currency": undoing.settlement.currency,
        "date": request.date,
        "journal": undoing.settlement.journal,
        "fiscal_year": period.year,
        "period": period.period,
        "note": request.note,
        "employee": request.employee,
    }
    undo: dict[str, Any] = {
        "request_id": ids[0],
        "method": "reversal",
        "reversal_of": undoing.settlement.match_id,
        "lines": [],
    }
    again: dict[str, Any] = {
        "request_id": ids[1],
        "method": "manual",
        "lines": [{"item_id": item_id, "amount": amount} for item_id, amount in undoing.again],
    }
    key = f"{request.administration}:{request.party_id}"
    wanted = [undo, again] if ids[1] is not None else [undo]
    return [OutboxEvent(MatchRequested.topic, key, to_json(common | facts)) for facts in wanted]


async def answer_releases(connection: Connection, answers: Mapping[RequestKey, ItemsMatched | MatchRejected]) -> None:
    """Note the answers to what was given back."""
    rows = [
        (*key, answer.match_id, None, None)
        if isinstance(answer, ItemsMatched)
        else (*key, None, answer.code, answer.message)
        for key, answer in answers.items()
    ]
    if rows:
        await connection.execute(load_queries(QUERIES).answer_releases, *columns(rows, 6))
