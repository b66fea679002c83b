"""What was paid for charges that an event takes back: its settlement is undone, so that it stands as a credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from chassis.database import Connection
from chassis.outbox import OutboxEvent
from contracts.matching import ItemsMatched, MatchRejected
from contracts.writeoff import MatchRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import Again, Undoing, Undoings, undoings
from services.writeoff.domain.requests import Decision, Item, PartyKey, Request, RequestKey
from services.writeoff.domain.settled import Parts, Settlement, parts_of
from services.writeoff.store import credits as store
from services.writeoff.store.credits import ChargeKey, LeftRemainder, Release, ReleaseAnswer, SettledBefore


async def keep_settlements(connection: Connection, matches: Sequence[ItemsMatched]) -> set[ChargeKey]:
    """Remember what settled charges that an event may take back, and what was undone; gives the charges settled now."""
    await store.keep_remainders(connection, [left for match in matches for left in _left_by(match)])
    settled = [
        (match, (match.administration, match.party_id, line.item_id))
        for match in matches
        if _tells(match)
        for line in match.lines
        if _settles(match, line.amount)
    ]
    if not settled:
        return set()
    charges = await store.charges_of_events(connection, sorted({key for _, key in settled}))
    now: set[ChargeKey] = set()
    # Matches first, so that a reversal in the same batch finds its match.
    for is_undoing in (False, True):
        part = [
            (match, key) for match, key in settled if key in charges and (match.reversal_of is not None) == is_undoing
        ]
        if part:
            unique = {match.match_id: match for match, _ in part}
            touched = [(*key, match.reversal_of or match.match_id) for match, key in part]
            await store.keep_settlements(connection, list(unique.values()), touched)
        now |= set() if is_undoing else {key for _, key in part}
    return now


def _tells(match: ItemsMatched) -> bool:
    """Whether more than a write-off alone settled something: what is waived is in the entries."""
    signs = {line.amount > 0 for line in match.lines}
    others = {contra.kind for contra in match.contra_lines} - {"write-off", "exchange-difference"}
    return len(signs) > 1 or bool(others)


def _settles(match: ItemsMatched, amount: int) -> bool:
    return amount < 0 if match.reversal_of is None else amount > 0


def _left_by(match: ItemsMatched) -> Iterable[LeftRemainder]:
    """The remainder that a match left, which is of the last item on its own side."""
    if match.reversal_of is not None:
        return
    for contra in match.contra_lines:
        if contra.kind == "remainder" and contra.item_id is not None:
            side = [line for line in match.lines if (line.amount < 0) == (contra.amount > 0)]
            if side:
                yield LeftRemainder(match.administration, match.party_id, contra.item_id, side[-1].item_id)


def settled_parts(key: ChargeKey, item: Item, before: SettledBefore, books: Books) -> Parts:
    """What settled a charge: `paid` is None of a charge that no event names, for of those nothing is kept."""
    parts = parts_of(item.item_id, before.standing.get(key, ()), before.waived.get(key, 0), books)
    named = (item.note_id, item.checkin_id, item.subscription_id, item.loan_id, item.material_id)
    return parts if any(named) else parts._replace(paid=None)


def find_undoings(
    before: SettledBefore, taken_back: Mapping[PartyKey, Iterable[str]], books: Mapping[str, Books]
) -> dict[PartyKey, Undoings]:
    """What is undone so that what was paid for these charges of parties stands open as a credit."""
    found: dict[PartyKey, Undoings] = {}
    for party, charges in taken_back.items():
        wanted = sorted(charges)
        settlements: dict[UUID, Settlement] = {
            settlement.match_id: settlement
            for charge in wanted
            for settlement in before.standing.get((*party, charge), ())
        }
        ordered = sorted(settlements.values(), key=lambda settlement: settlement.match_id)
        found[party] = undoings(ordered, wanted, books[party[0]])
    return found


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
            releases += _releases(request, undoing, own)
            questions += _questions(decision, undoing)
    await store.add_releases(connection, releases)
    return questions


def _releases(request: Request, undoing: Undoing, own: Iterable[str]) -> Iterable[Release]:
    cause = "\x1f".join(request.cause)
    ids = {again.name: undoing.again_id(cause, again) for again in undoing.again}
    main = ids.pop("again", None)
    others = " ".join(map(str, ids.values()))
    undo_id = undoing.undo_id(cause)
    for item_id, amount in undoing.paid:
        if item_id in own and amount:
            key = (*request.cause, item_id, undoing.settlement.match_id)
            yield Release(*key, amount, undo_id, main, others)


def _questions(decision: Decision, undoing: Undoing) -> list[OutboxEvent]:
    """The reversal, and what settles again what else it had settled: that only where the reversal was granted."""
    request, period = decision.request, decision.asks[0].period
    cause = "\x1f".join(request.cause)
    undo_id = undoing.undo_id(cause)
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
        "request_id": undo_id,
        "method": "reversal",
        "reversal_of": undoing.settlement.match_id,
        "lines": [],
    }
    wanted = [undo, *(_again(undoing, again, cause) for again in undoing.again)]
    key = f"{request.administration}:{request.party_id}"
    return [OutboxEvent(MatchRequested.topic, key, to_json(common | facts)) for facts in wanted]


def _again(undoing: Undoing, again: Again, cause: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "request_id": undoing.again_id(cause, again),
        "method": "manual",
        "lines": [{"item_id": item_id, "amount": amount} for item_id, amount in again.lines],
        "only_after": undoing.undo_id(cause),
    }
    if again.contra is not None:
        facts["contra"] = {
            "kind": again.contra.kind,
            "journal": again.contra.journal or undoing.settlement.journal,
            "gl_account": again.contra.gl_account,
        }
    return facts


async def answer_releases(connection: Connection, answers: Mapping[RequestKey, ItemsMatched | MatchRejected]) -> None:
    """Note the answers to what was given back."""
    rows = [
        ReleaseAnswer(*key, answer.match_id, None, None)
        if isinstance(answer, ItemsMatched)
        else ReleaseAnswer(*key, None, answer.code, answer.message)
        for key, answer in answers.items()
    ]
    await store.answer_releases(connection, rows)
