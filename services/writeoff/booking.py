"""Answers of the ledger: what was granted is booked on its A-journal, what was refused is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.consuming.received import Dead, Outcome, Received
from chassis.database import Connection
from chassis.errors import Poison
from chassis.projection.items import apply_items_matched
from chassis.queries import load_queries
from contracts.event import ItemOutcome
from contracts.matching import ItemsMatched, MatchRejected
from services.writeoff.domain.books import Books
from services.writeoff.domain.entries import entry_lines, journal_of, waived_shares
from services.writeoff.domain.requests import Line, Skipped
from services.writeoff.store import (
    QUERIES,
    PartyItems,
    RequestKey,
    add_batch_steps,
    add_skipped,
    columns,
    find_books,
    load_items,
)

SETTLED = ItemOutcome(
    item_id="-", code="settled-meanwhile", message="Nothing of the item was open any more.", open_amount=0
)


async def apply_matches(connection: Connection, received: Sequence[Received[ItemsMatched]]) -> Outcome:
    """Take over what is open, book what was written off, and note which of our asks are answered by it."""
    outcome = await apply_items_matched(connection, received)
    waiting = {id(entry.received) for entry in outcome.waiting}
    known = [entry for entry in received if id(entry) not in waiting]
    written_off = [entry for entry in known if journal_of(entry.event)]
    booked, dead = await _without_sealed(connection, written_off)
    outcome.dead += dead
    await _book(connection, [entry.event for entry in booked])
    answers = {
        (entry.event.administration, entry.event.party_id, entry.event.request_id): entry.event
        for entry in known
        if entry.event.request_id is not None
    }
    await _answer(connection, answers, {})
    return outcome


async def apply_rejections(connection: Connection, received: Sequence[Received[MatchRejected]]) -> None:
    """Note which of our asks the ledger refused, and why."""
    events = [entry.event for entry in received]
    rejections = {(event.administration, event.party_id, event.request_id): event for event in events}
    await _answer(connection, {}, rejections)


async def _without_sealed(
    connection: Connection, received: Sequence[Received[ItemsMatched]]
) -> tuple[list[Received[ItemsMatched]], list[Dead]]:
    """Bookings that may be made, and those that fall in a period whose books were sealed: an operator must look."""
    rows = await connection.fetch(
        load_queries(QUERIES).sealed_matches,
        *columns(
            ((e.administration, e.party_id, e.match_id, e.fiscal_year, e.period) for e in (r.event for r in received)),
            5,
        ),
    )
    late = {row["position"] - 1 for row in rows}
    dead = [Dead(received[position].record, _too_late(received[position].event)) for position in sorted(late)]
    return [entry for position, entry in enumerate(received) if position not in late], dead


def _too_late(match: ItemsMatched) -> Poison:
    return Poison(
        "sealed-period",
        f"Match {match.match_id} falls in period {match.fiscal_year}/{match.period}, whose entries are sealed.",
        field="period",
        remedy="Undo the match and ask for it again with a date in an open period.",
    )


async def _book(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Make the entries of matches that have none yet; what is reversed is booked before its mirror."""
    for part in (
        [match for match in matches if match.reversal_of is None],
        [match for match in matches if match.reversal_of is not None],
    ):
        unique = {(match.administration, match.party_id, match.match_id): match for match in part}
        if unique:
            rows = await connection.fetch(
                load_queries(QUERIES).add_entries, *columns(map(_entry_row, unique.values()), 13)
            )
            new = [unique[(row["administration"], row["party_id"], row["match_id"])] for row in rows]
            await _add_entry_lines(connection, new)


def _entry_row(match: ItemsMatched) -> tuple[Any, ...]:
    return (
        match.administration,
        match.party_id,
        match.match_id,
        match.reversal_of,
        match.request_id,
        journal_of(match),
        match.date,
        match.fiscal_year,
        match.period,
        match.currency,
        match.employee,
        match.note,
        match.recorded_at,
    )


async def _add_entry_lines(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    names = sorted({match.administration for match in matches})
    books = {administration: await find_books(connection, administration) for administration in names}
    items = await _items_with_rates(connection, matches, books)
    rows = []
    for match in matches:
        journal = journal_of(match)
        assert journal is not None, "only write-offs are booked here"
        own = items.get((match.administration, match.party_id), {})
        for position, line in enumerate(entry_lines(match, journal, books[match.administration], own)):
            side = (position, line.item_id, line.gl_account, line.amount, line.base_amount)
            rows.append((match.administration, match.party_id, match.match_id, *side))
    if rows:
        await connection.execute(load_queries(QUERIES).add_entry_lines, *columns(rows, 8))


async def _items_with_rates(
    connection: Connection, matches: Sequence[ItemsMatched], books: Mapping[str, Books | None]
) -> PartyItems:
    """The items of matches in a foreign currency, whose postings say the rate."""
    foreign = []
    for match in matches:
        own = books[match.administration]
        if own is not None and own.base_currency != match.currency:
            foreign += [(match.administration, match.party_id, line.item_id) for line in match.lines]
    return await load_items(connection, foreign) if foreign else {}


async def _answer(
    connection: Connection, matches: Mapping[RequestKey, ItemsMatched], rejections: Mapping[RequestKey, MatchRejected]
) -> None:
    """Note the answers that are new, the lines that they leave out, and the progress of their batches."""
    queries = load_queries(QUERIES)
    keys = sorted({*matches, *rejections})
    if not keys:
        return
    asks = {
        (row["administration"], row["party_id"], row["ask_id"]): row
        for row in await connection.fetch(queries.load_asks, *columns(keys, 3))
    }
    ours = [key for key in keys if key in asks]
    if not ours:
        return
    rows = [(*key, *(_granted(matches[key]) if key in matches else _refused(rejections[key]))) for key in ours]
    added = await connection.fetch(queries.add_answers, *columns(rows, 8))
    new = [asks[(row["administration"], row["party_id"], row["ask_id"])] for row in added]
    await _skip(connection, new, {**matches, **rejections})
    steps = Counter((ask["administration"], ask["batch_id"]) for ask in new if ask["batch_id"] is not None)
    await add_batch_steps(connection, {batch: (0, 0, count) for batch, count in steps.items()})


def _granted(match: ItemsMatched) -> tuple[UUID | None, str | None, str | None, int, int]:
    shares = waived_shares(match)
    return (match.match_id, None, None, len(shares), -sum(amount for _, amount in shares))


def _refused(rejection: MatchRejected) -> tuple[UUID | None, str | None, str | None, int, int]:
    return (None, rejection.code, rejection.message, 0, 0)


async def _skip(
    connection: Connection,
    asks: Sequence[asyncpg.Record],
    answers: Mapping[RequestKey, ItemsMatched | MatchRejected],
) -> None:
    """Record every line that was not settled: with the ledger's reason for the item, or else for the whole ask."""
    named: list[tuple[RequestKey, Skipped]] = []
    rest: list[tuple[Any, ...]] = []
    for ask in asks:
        request = (ask["administration"], ask["party_id"], ask["request_id"])
        answer = answers[(ask["administration"], ask["party_id"], ask["ask_id"])]
        outcomes = answer.skipped if isinstance(answer, ItemsMatched) else answer.items
        named += [(request, _skipped(ask, outcome)) for outcome in outcomes]
        reason = SETTLED if isinstance(answer, ItemsMatched) else answer
        match_id = answer.match_id if isinstance(answer, ItemsMatched) else None
        key = (ask["administration"], ask["party_id"], ask["ask_id"])
        rest.append((*key, match_id, reason.code, reason.message))
    await add_skipped(connection, named)
    await connection.execute(load_queries(QUERIES).skip_rest_of_asks, *columns(rest, 6))


def _skipped(ask: asyncpg.Record, outcome: ItemOutcome) -> Skipped:
    line = Line(
        item_id=outcome.item_id,
        journal=ask["journal"],
        currency=ask["currency"],
        amount=0,
        approved_open_amount=0,
    )
    return Skipped(line, outcome.code, outcome.message)
