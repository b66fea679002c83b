"""What was paid for material that comes back: its settlement is undone, so that the payment stands open as a credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from chassis.database import Connection
from chassis.outbox import OutboxEvent
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import MatchRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import Undoing, undoings
from services.writeoff.domain.requests import Decision, PartyKey, Request, RequestKey
from services.writeoff.store import credits as store
from services.writeoff.store.credits import Release, ReleaseAnswer


async def keep_settlements(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Remember what settled charges of notes, and which of it was undone since."""
    settled = [match for match in matches if match.reversal_of is None and not match.contra_lines]
    await store.keep_settlements(connection, settled)
    undone = [
        (match.administration, match.party_id, match.reversal_of) for match in matches if match.reversal_of is not None
    ]
    await store.note_undone_settlements(connection, undone)


async def find_undoings(
    connection: Connection, taken_back: Mapping[PartyKey, Iterable[str]], books: Mapping[str, Books]
) -> dict[PartyKey, list[Undoing]]:
    """What is undone so that what was paid for these charges of parties stands open as a credit."""
    if not taken_back:
        return {}
    standing = await store.standing_settlements(connection, sorted(taken_back))
    return {party: undoings(found, taken_back[party], books[party[0]]) for party, found in standing.items()}


async def add_releases(connection: Connection, decisions: Sequence[Decision]) -> list[OutboxEvent]:
    """Keep what is given back with these decisions; gives the questions, to be asked before those for write-offs."""
    releases: list[Release] = []
    questions: list[OutboxEvent] = []
    for decision in decisions:
        request = decision.request
        if not (decision.asks and request.undoes):
            continue
        own = {line.item_id for line in request.lines}
        for undoing in request.undoes:
            ids = _ids_of(request, undoing)
            releases += [
                Release(*request.cause, item_id, undoing.settlement.match_id, amount, ids.undo, ids.again)
                for item_id, amount in undoing.freed
                if item_id in own
            ]
            questions += _questions(decision, undoing, ids)
    await store.add_releases(connection, releases)
    return questions


class _Ids(NamedTuple):
    """Of the request that undoes a settlement, and of the one that settles the rest of it again."""

    undo: UUID
    again: UUID | None


def _ids_of(request: Request, undoing: Undoing) -> _Ids:
    cause = "\x1f".join(request.cause)
    return _Ids(undoing.undo_id(cause), undoing.again_id(cause))


def _questions(decision: Decision, undoing: Undoing, ids: _Ids) -> list[OutboxEvent]:
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
        "request_id": ids.undo,
        "method": "reversal",
        "reversal_of": undoing.settlement.match_id,
        "lines": [],
    }
    again: dict[str, Any] = {
        "request_id": ids.again,
        "method": "manual",
        "lines": [{"item_id": item_id, "amount": amount} for item_id, amount in undoing.again],
    }
    key = f"{request.administration}:{request.party_id}"
    wanted = [undo, again] if ids.again is not None else [undo]
    return [OutboxEvent(MatchRequested.topic, key, to_json(common | facts)) for facts in wanted]


async def answer_releases(connection: Connection, answers: Mapping[RequestKey, ItemsMatched | MatchRejected]) -> None:
    """Note the answers to what was given back."""
    rows = [
        ReleaseAnswer(*key, answer.match_id, None, None)
        if isinstance(answer, ItemsMatched)
        else ReleaseAnswer(*key, None, answer.code, answer.message)
        for key, answer in answers.items()
    ]
    await store.answer_releases(connection, rows)
