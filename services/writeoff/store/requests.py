"""Requests, asks and answers, as the database keeps them: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import COPIED_FROM, Connection, all_new, columns, copy_new
from chassis.queries import load_queries
from contracts.operators import AdministrationConfigured
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Ask, Decision, Item, Request, Skipped

QUERIES = "services.writeoff"
UNIT_SEPARATOR = "\x1f"
"""Joins ids into one text: no id contains a control character."""
BOOKS_KEPT = 64
REQUEST_COLUMNS = (
    *("administration", "party_id", "request_id", "origin", "batch_id", "rule", "cause_topic", "cause_key"),
    *("reversal_of", "date", "note", "employee", "approved_by", "needs_approval"),
)
CAUSE_COLUMNS = ("administration", "party_id", "topic", "cause_key", "origin", "date", "event", "event_id")
OUTCOME_COLUMNS = (
    *("administration", "party_id", "topic", "cause_key", "item_id", "rule", "code", "message", "request_id"),
    "settled_amount",
)
LINE_COLUMNS = (
    *("administration", "party_id", "request_id", "item_id", "journal", "currency", "amount", "approved_open_amount"),
    "base_amount",
)
ASK_COLUMNS = (
    *("administration", "party_id", "ask_id", "request_id", "journal", "currency", "fiscal_year", "period", "item_ids"),
)

_request_row = attrgetter(*REQUEST_COLUMNS)

PartyKey = tuple[str, str]
"""(administration, party_id)"""
RequestKey = tuple[str, str, UUID]
"""(administration, party_id, request_id or ask_id)"""
CauseKey = tuple[str, str, str, str]
"""(administration, party_id, topic, cause_key)"""
PartyItems = Mapping[PartyKey, Mapping[str, Item]]


async def share_books(connection: Connection, administrations: Iterable[str]) -> None:
    """Keep periods from being sealed until this transaction ends."""
    await connection.execute(load_queries(QUERIES).share_books, sorted(set(administrations)))


async def load_books(connection: Connection, administrations: Iterable[str]) -> dict[str, Books]:
    """The books of those of the administrations that are configured."""
    rows = await connection.fetch(load_queries(QUERIES).load_books, sorted(set(administrations)))
    return {row["administration"]: _books(*row[1:]) for row in rows}


async def find_books(connection: Connection, administration: str) -> Books | None:
    """The administration's books, or None when it is not configured yet."""
    return (await load_books(connection, [administration])).get(administration)


@lru_cache(maxsize=BOOKS_KEPT)
def _books(configuration: str, sealed: str, retired: str) -> Books:
    """Made once per state of the books; `sealed` are year/period and `retired` codes, joined by blanks."""
    periods = [period.split("/") for period in sealed.split()]
    return Books(
        AdministrationConfigured.model_validate_json(configuration),
        [(int(year), int(number)) for year, number in periods],
        retired.split(),
    )


async def load_items(connection: Connection, keys: Iterable[tuple[str, str, str]]) -> dict[PartyKey, dict[str, Item]]:
    """The given items (administration, party_id, item_id) that are posted, by party and id."""
    rows = await connection.fetch(load_queries(QUERIES).load_items, *columns(sorted(set(keys)), 3))
    return by_party_and_id(rows)


def by_party_and_id(rows: Iterable[asyncpg.Record]) -> dict[PartyKey, dict[str, Item]]:
    """Items as the queries select them: administration and party, then the fields of Item in their order."""
    items: dict[PartyKey, dict[str, Item]] = {}
    for row in rows:
        item = Item._make(row[2:])
        party = items.get(row[:2])
        if party is None:
            party = items[row[:2]] = {}
        party[item.item_id] = item
    return items


def item_of(row: asyncpg.Record) -> Item:
    """A row of the read model, as decisions see it."""
    return Item._make(row[field] for field in Item._fields)


async def add_requests(connection: Connection, requests: Sequence[Request]) -> list[Request]:
    """Keep requests, whose keys differ; gives those that were not there yet."""
    queries = load_queries(QUERIES)
    if len(requests) >= COPIED_FROM:
        if await all_new(connection, partial(_copy_requests, connection, requests)):
            return list(requests)
        kept = await _kept(connection, queries.kept_requests, [request.key for request in requests])
        new = [request for request in requests if request.key not in kept]
        await _copy_requests(connection, new)
        return new
    rows = await connection.fetch(queries.add_requests, *columns(map(_request_row, requests), 14))
    if len(rows) == len(requests):
        return list(requests)
    added = {tuple(row) for row in rows}
    return [request for request in requests if request.key in added]


async def _copy_requests(connection: Connection, requests: Sequence[Request]) -> None:
    await copy_new(connection, "request", REQUEST_COLUMNS, [_request_row(request) for request in requests])


async def _kept(connection: Connection, query: str, keys: Sequence[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Those of the keys that the query finds."""
    return {tuple(row) for row in await connection.fetch(query, *columns(keys, len(keys[0])))}


async def add_causes(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[CauseKey]:
    """Remember events, as rows whose keys differ; gives the keys of those that were not remembered yet."""
    queries = load_queries(QUERIES)
    if len(rows) < COPIED_FROM:
        return [tuple(row) for row in await connection.fetch(queries.add_causes, *columns(rows, 8))]
    if await all_new(connection, partial(copy_new, connection, "cause", CAUSE_COLUMNS, rows)):
        return [row[:4] for row in rows]
    kept = await _kept(connection, queries.kept_causes, [row[:4] for row in rows])
    new = [row for row in rows if row[:4] not in kept]
    await copy_new(connection, "cause", CAUSE_COLUMNS, new)
    return [row[:4] for row in new]


async def put_outcomes(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep what causes came to, as rows whose keys differ; one that came to a request stays as it is."""
    queries = load_queries(QUERIES)
    again = rows
    if len(rows) >= COPIED_FROM:
        if await all_new(connection, partial(copy_new, connection, "rule_outcome", OUTCOME_COLUMNS, rows)):
            return
        kept = await _kept(connection, queries.kept_rule_outcomes, [row[:5] for row in rows])
        await copy_new(connection, "rule_outcome", OUTCOME_COLUMNS, [row for row in rows if row[:5] not in kept])
        again = [row for row in rows if row[:5] in kept]
    if again:
        await connection.execute(queries.put_rule_outcomes, *columns(again, 10))


async def add_wishes(
    connection: Connection, requests: Sequence[Request], items: PartyItems, decisions: Sequence[Decision]
) -> None:
    """Keep the lines of new requests with their share of the base amount, what is asked for, and what was refused."""
    lines = [row for request in requests for row in _line_rows(request, items)]
    asks = [_ask_row(ask) for decision in decisions for ask in decision.asks]
    skipped = [_skipped_row(decision.request.key, skip) for decision in decisions for skip in decision.skipped]
    if len(lines) + len(asks) < COPIED_FROM:
        queries = load_queries(QUERIES)
        await connection.execute(
            queries.add_wishes, *columns(lines, 9), *columns(map(_without_arrays, asks), 9), *columns(skipped, 7)
        )
        return
    await connection.copy_records_to_table("request_line", columns=LINE_COLUMNS, records=lines)
    await connection.copy_records_to_table("ask", columns=ASK_COLUMNS, records=asks)
    await add_skipped_rows(connection, skipped)


def _line_rows(request: Request, items: PartyItems) -> Iterator[tuple[Any, ...]]:
    known = items.get((request.administration, request.party_id), {})
    for line in request.lines:
        item = known.get(line.item_id)
        base_amount = line.amount if item is None else item.base_share(line.amount)
        yield (request.administration, request.party_id, request.request_id, *line, base_amount)


def _ask_row(ask: Ask) -> tuple[Any, ...]:
    request = ask.request
    return (
        request.administration,
        request.party_id,
        ask.ask_id,
        request.request_id,
        ask.journal,
        ask.currency,
        ask.period.year,
        ask.period.period,
        [line.item_id for line in ask.lines],
    )


def _without_arrays(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """An array of arrays would have to be rectangular."""
    return (*row[:-1], UNIT_SEPARATOR.join(row[-1]))


def _skipped_row(key: RequestKey, skip: Skipped) -> tuple[Any, ...]:
    return (*key, skip.line.item_id, skip.line.journal, skip.code, skip.message)


async def add_skipped(connection: Connection, skipped: Sequence[tuple[RequestKey, Skipped]]) -> None:
    """Keep lines that were refused; the first reason stays."""
    await add_skipped_rows(connection, [_skipped_row(key, skip) for key, skip in skipped])


async def add_skipped_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """The same, as rows of the table."""
    if rows:
        await connection.execute(load_queries(QUERIES).add_skipped_lines, *columns(rows, 7))


async def add_batch_steps(connection: Connection, steps: Mapping[tuple[str, UUID], tuple[int, int, int]]) -> None:
    """Add to the progress of batches: (requests, asks, answers) per (administration, batch_id)."""
    if steps:
        rows = [(*batch, *counts) for batch, counts in sorted(steps.items())]
        await connection.execute(load_queries(QUERIES).add_batch_steps, *columns(rows, 5))
