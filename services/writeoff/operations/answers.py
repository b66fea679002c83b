"""Answers of the ledger: what was granted is booked on its A-journal, what was refused is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.consuming.handling import Handled, Received, Waiting
from chassis.database import Connection
from contracts.event import ItemOutcome
from contracts.matching import ItemsMatched, MatchRejected
from contracts.operators import FiscalPeriod
from read_model.items import take_items_matched
from services.writeoff.domain.books import Books
from services.writeoff.domain.entries import entry_lines, journal_of, waived_shares
from services.writeoff.domain.requests import AskedLine, PartyItems, PartyKey, RequestKey, SkippedLine
from services.writeoff.operations.books import shared_books
from services.writeoff.operations.causes import look_again
from services.writeoff.operations.returned_material import answer_releases, keep_settlements
from services.writeoff.store import entries as entry_store
from services.writeoff.store import requests as request_store
from services.writeoff.store.batches import BatchStep, add_batch_steps
from services.writeoff.store.books import looking_up_keys
from services.writeoff.store.credits import charges_granted_in_part
from services.writeoff.store.entries import NewEntry, NewSide
from services.writeoff.store.items import load_items
from services.writeoff.store.requests import LedgerAnswer, RestOfAsk, add_skipped

SETTLED = ItemOutcome(
    item_id="-", code="settled-meanwhile", message="Nothing of the item was open any more.", open_amount=0
)


class Placed(NamedTuple):
    """A match, and the period in which it is booked where its own was sealed by then."""

    match: ItemsMatched
    late: FiscalPeriod | None


async def take_matches(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Handled:
    """Take over what is open, book what was written off, and note which of our asks are answered by it.

    A match whose period was sealed before it was heard of is booked in the next open one; while there is none, its
    booking waits.
    """
    books = await shared_books(connection, (entry.event.administration for entry in received))
    async with looking_up_keys(connection):
        return await _take_matches(connection, received, books)


async def _take_matches(
    connection: Connection, received: Sequence[Received[ItemsMatched]], books: Mapping[str, Books]
) -> Handled:
    outcome = await take_items_matched(connection, received)
    placed, homeless = await _placed(connection, received, books)
    outcome.waiting += homeless
    outcome.waiting += await _ahead_of_what_they_reverse(connection, received, outcome.waiting)
    not_now = {id(entry.received) for entry in outcome.waiting}
    known = [entry.event for entry in received if id(entry) not in not_now]
    await _book(connection, [Placed(match, placed.get(match.match_id)) for match in known if journal_of(match)], books)
    settled = await keep_settlements(connection, known)
    answers = {
        (match.administration, match.party_id, match.request_id): match
        for match in known
        if match.request_id is not None
    }
    in_part = await _answer(connection, answers, {})
    await look_again(connection, {*((key[:2], key[2], False) for key in settled), *in_part})
    return outcome


async def take_rejections(connection: Connection, received: Sequence[Received[MatchRejected]]) -> None:
    """Note which of our asks the ledger refused, and why."""
    events = [entry.event for entry in received]
    rejections = {(event.administration, event.party_id, event.request_id): event for event in events}
    await look_again(connection, await _answer(connection, {}, rejections))


async def _placed(
    connection: Connection, received: Sequence[Received[ItemsMatched]], books: Mapping[str, Books]
) -> tuple[dict[UUID, FiscalPeriod], list[Waiting]]:
    """Where matches that came too late for their period are booked, and those for which no period is open yet."""
    late = [entry for entry in received if _is_late(entry.event, books.get(entry.event.administration))]
    if not late:
        return {}, []
    keys = [(entry.event.administration, entry.event.party_id, entry.event.match_id) for entry in late]
    booked = await entry_store.booked_matches(connection, keys)
    periods: dict[UUID, FiscalPeriod] = {}
    waiting = []
    for entry in late:
        match = entry.event
        period = books[match.administration].period_for_late(match.fiscal_year, match.period)
        if period is not None:
            periods[match.match_id] = period
        elif match.match_id not in booked:
            waiting.append(Waiting(entry, f"an open period after {match.fiscal_year}/{match.period}"))
    return periods, waiting


async def _ahead_of_what_they_reverse(
    connection: Connection, received: Sequence[Received[ItemsMatched]], waiting: Sequence[Waiting]
) -> list[Waiting]:
    """Reversals of write-offs that are not booked yet, because they wait: a mirror copies what its entry knows.

    One that waited too long is booked by itself.
    """
    not_now = {id(entry.received) for entry in waiting}
    now = [entry for entry in received if id(entry) not in not_now and journal_of(entry.event)]
    reversals = [(entry, entry.event.reversal_of) for entry in now if entry.event.reversal_of and not entry.overdue]
    if not reversals:
        return []
    keys = [(entry.event.administration, entry.event.party_id, match_id) for entry, match_id in reversals]
    booked = await entry_store.booked_matches(connection, keys) | {entry.event.match_id for entry in now}
    return [Waiting(entry, f"write-off {match_id}") for entry, match_id in reversals if match_id not in booked]


def _is_late(match: ItemsMatched, books: Books | None) -> bool:
    return books is not None and (match.fiscal_year, match.period) in books.sealed and journal_of(match) is not None


async def _book(connection: Connection, matches: Sequence[Placed], books: Mapping[str, Books]) -> None:
    """Make the entries of matches that have none yet; what is reversed is booked before its mirror."""
    for part in (
        [placed for placed in matches if placed.match.reversal_of is None],
        [placed for placed in matches if placed.match.reversal_of is not None],
    ):
        unique = {(p.match.administration, p.match.party_id, p.match.match_id): p for p in part}
        if unique:
            added = await entry_store.add_entries(connection, map(_entry_of, unique.values()))
            await _add_sides(connection, [unique[key].match for key in added], books)


def _entry_of(placed: Placed) -> NewEntry:
    match, late = placed
    journal = journal_of(match)
    assert journal is not None, "only write-offs are booked here"
    return NewEntry(
        match.administration,
        match.party_id,
        match.match_id,
        match.reversal_of,
        match.request_id,
        journal,
        late.start if late else match.date,
        late.year if late else match.fiscal_year,
        late.period if late else match.period,
        match.currency,
        match.employee,
        match.note,
        match.recorded_at,
        match.date if late else None,
    )


async def _add_sides(connection: Connection, matches: Sequence[ItemsMatched], books: Mapping[str, Books]) -> None:
    items = await _items_with_rates(connection, matches, books)
    sides = []
    for match in matches:
        journal = journal_of(match)
        assert journal is not None, "only write-offs are booked here"
        own = items.get((match.administration, match.party_id), {})
        for position, line in enumerate(entry_lines(match, journal, books.get(match.administration), own)):
            side = (position, line.item_id, line.gl_account, line.amount, line.base_amount)
            sides.append(NewSide(match.administration, match.party_id, match.match_id, *side))
    await entry_store.add_sides(connection, sides)


async def _items_with_rates(
    connection: Connection, matches: Sequence[ItemsMatched], books: Mapping[str, Books]
) -> PartyItems:
    """The items of matches in a foreign currency, whose postings say the rate."""
    foreign = []
    for match in matches:
        own = books.get(match.administration)
        if own is not None and own.base_currency != match.currency:
            foreign += [(match.administration, match.party_id, line.item_id) for line in match.lines]
    return await load_items(connection, foreign) if foreign else {}


async def _answer(
    connection: Connection, matches: Mapping[RequestKey, ItemsMatched], rejections: Mapping[RequestKey, MatchRejected]
) -> set[tuple[PartyKey, str, bool]]:
    """Note the answers that are new, the lines that they leave out, and the progress of their batches.

    Gives what rules asked for and did not get whole, as `look_again` takes it.
    """
    keys = sorted({*matches, *rejections})
    if not keys:
        return set()
    asks = await request_store.load_asks(connection, keys)
    ours = [key for key in keys if key in asks]
    answers: dict[RequestKey, ItemsMatched | MatchRejected] = {**matches, **rejections}
    await answer_releases(connection, {key: answer for key, answer in answers.items() if key not in asks})
    if not ours:
        return set()
    found = [_granted(key, matches[key]) if key in matches else _refused(key, rejections[key]) for key in ours]
    new = [asks[key] for key in await request_store.add_answers(connection, found)]
    await _skip(connection, new, answers)
    steps = Counter((ask["administration"], ask["batch_id"]) for ask in new if ask["batch_id"] is not None)
    await add_batch_steps(connection, {batch: BatchStep(0, 0, count) for batch, count in steps.items()})
    part = await charges_granted_in_part(connection, [request_store.ask_key(ask) for ask in new])
    return {(key[:2], key[2], True) for key in part}


def _granted(key: RequestKey, match: ItemsMatched) -> LedgerAnswer:
    shares = waived_shares(match)
    return LedgerAnswer(*key, match.match_id, None, None, len(shares), -sum(amount for _, amount in shares))


def _refused(key: RequestKey, rejection: MatchRejected) -> LedgerAnswer:
    return LedgerAnswer(*key, None, rejection.code, rejection.message, 0, 0)


async def _skip(
    connection: Connection,
    asks: Sequence[asyncpg.Record],
    answers: Mapping[RequestKey, ItemsMatched | MatchRejected],
) -> None:
    """Record every line that was not settled: with the ledger's reason for the item, or else for the whole ask."""
    named: list[tuple[RequestKey, SkippedLine]] = []
    rest: list[RestOfAsk] = []
    for ask in asks:
        key = request_store.ask_key(ask)
        answer = answers[key]
        if isinstance(answer, ItemsMatched) and len(answer.lines) >= ask["items"]:
            continue
        outcomes = answer.skipped if isinstance(answer, ItemsMatched) else answer.items
        named += [((*key[:2], ask["request_id"]), _skipped(ask, outcome)) for outcome in outcomes]
        reason = SETTLED if isinstance(answer, ItemsMatched) else answer
        match_id = answer.match_id if isinstance(answer, ItemsMatched) else None
        rest.append(RestOfAsk(*key, match_id, reason.code, reason.message))
    await add_skipped(connection, named)
    await request_store.skip_rest_of_asks(connection, rest)


def _skipped(ask: asyncpg.Record, outcome: ItemOutcome) -> SkippedLine:
    line = AskedLine(
        item_id=outcome.item_id,
        journal=ask["journal"],
        currency=ask["currency"],
        amount=0,
        approved_open_amount=0,
    )
    return SkippedLine(line, outcome.code, outcome.message)
