"""From a wish to a question: requests are kept once, checked, and asked of the ledger, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from chassis.database import Connection
from chassis.outbox import OutboxEvent, add_to_outbox
from contracts.writeoff import MatchRequested
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Ask, Decision, PartyItems, Request, decide
from services.writeoff.operations.returned_material import add_releases
from services.writeoff.store.batches import BatchKey, BatchStep, add_batch_steps
from services.writeoff.store.requests import add_requests, add_wishes


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where requests are decided: books by administration, items by party."""

    books: Mapping[str, Books]
    items: PartyItems


async def ask_for(connection: Connection, requests: Sequence[Request], known: Known) -> list[Decision]:
    """Keep the requests that are new, and ask the ledger for what of them is allowed; gives their decisions.

    A request that was kept before has no effect: the same wish may come any number of times. One that needs an
    approval is kept and waits for it.
    """
    unique = {request.key: request for request in requests}
    new = await add_requests(connection, list(unique.values()))
    if not new:
        return []
    decisions = [_decide(request, known) for request in new if request.needs_approval is None]
    await add_wishes(connection, new, known.items, decisions)
    undone = await add_releases(connection, decisions)
    await add_to_outbox(connection, [*undone, *(question(ask) for decision in decisions for ask in decision.asks)])
    await _count_in_batches(connection, decisions)
    return decisions


async def send(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Keep decisions on requests that are kept already, and publish their asks."""
    await add_wishes(connection, (), {}, decisions)
    await add_to_outbox(connection, [question(ask) for decision in decisions for ask in decision.asks])


def _decide(request: Request, known: Known) -> Decision:
    items = known.items.get(request.party, {})
    return decide(request, items, known.books[request.administration])


async def _count_in_batches(connection: Connection, decisions: Sequence[Decision]) -> None:
    requests: Counter[BatchKey] = Counter()
    asks: Counter[BatchKey] = Counter()
    for decision in decisions:
        if decision.request.batch_id is not None:
            batch = (decision.request.administration, decision.request.batch_id)
            requests[batch] += 1
            asks[batch] += len(decision.asks)
    await add_batch_steps(connection, {batch: BatchStep(count, asks[batch], 0) for batch, count in requests.items()})


def question(ask: Ask) -> OutboxEvent:
    """The match-requested that asks the ledger; its parts were validated where they came in, so they are not again."""
    request = ask.request
    is_reversal = request.reversal_of is not None
    facts: dict[str, Any] = {
        "administration": request.administration,
        "party_id": request.party_id,
        "request_id": str(ask.ask_id),
        "method": "reversal" if is_reversal else "write-off",
        "currency": ask.currency,
        "date": request.date,
        "journal": ask.journal,
        "fiscal_year": ask.period.year,
        "period": ask.period.period,
        "lines": [
            {"item_id": line.item_id, "amount": line.amount, "approved_open_amount": line.approved_open_amount}
            for line in ask.lines
        ],
        "note": request.note,
        "employee": request.employee,
    }
    if is_reversal:
        facts["reversal_of"] = request.reversal_of
    else:
        facts["contra"] = {"kind": "write-off", "journal": ask.journal}
    return OutboxEvent(MatchRequested.topic, f"{request.administration}:{request.party_id}", to_json(facts))
