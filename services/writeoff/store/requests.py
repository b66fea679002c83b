"""Requests, their lines, approvals and questions to the ledger, as the database keeps them: rows only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import COPIED_FROM, Connection, all_new, columns, copy_new
from chassis.queries import load_queries
from services.writeoff.domain.requests import Ask, Decision, PartyItems, Request, RequestKey, SkippedLine
from services.writeoff.store import QUERIES

UNIT_SEPARATOR = "\x1f"
"""Joins ids into one text: no id contains a control character."""
REQUEST_COLUMNS = (
    *("administration", "party_id", "request_id", "origin", "batch_id", "rule", "cause_topic", "cause_key"),
    *("reversal_of", "date", "note", "employee", "approved_by", "needs_approval"),
)
LINE_COLUMNS = (
    *("administration", "party_id", "request_id", "item_id", "journal", "currency", "amount", "approved_open_amount"),
    "base_amount",
)
ASK_COLUMNS = (
    *("administration", "party_id", "ask_id", "request_id", "journal", "currency", "fiscal_year", "period", "item_ids"),
)

_request_row = attrgetter(*REQUEST_COLUMNS)


class ApprovalPlace(NamedTuple):
    """Where a list of requests that await an approval goes on."""

    requested_at: datetime
    request_id: UUID


@dataclass(frozen=True, slots=True)
class ApprovalVerdict:
    """What an employee said of a request that needs an approval."""

    request: RequestKey
    approved: bool
    employee: str
    note: str


async def add_requests(connection: Connection, requests: Sequence[Request]) -> list[Request]:
    """Keep requests, whose keys differ; gives those that were not there yet."""
    queries = load_queries(QUERIES)
    if len(requests) >= COPIED_FROM:
        if await all_new(connection, partial(_copy_requests, connection, requests)):
            return list(requests)
        kept = await kept_requests(connection, requests)
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


async def kept_requests(connection: Connection, requests: Sequence[Request]) -> set[tuple[Any, ...]]:
    """The keys of those of the requests that are kept already."""
    rows = await connection.fetch(
        load_queries(QUERIES).kept_requests, *columns((request.key for request in requests), 3)
    )
    return {tuple(row) for row in rows}


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
    await _add_skipped_rows(connection, skipped)


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


def _skipped_row(key: RequestKey, skip: SkippedLine) -> tuple[Any, ...]:
    return (*key, skip.line.item_id, skip.line.journal, skip.code, skip.message)


async def add_skipped(connection: Connection, skipped: Sequence[tuple[RequestKey, SkippedLine]]) -> None:
    """Keep lines that were refused; the first reason stays."""
    await _add_skipped_rows(connection, [_skipped_row(key, skip) for key, skip in skipped])


async def _add_skipped_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await connection.execute(load_queries(QUERIES).add_skipped_lines, *columns(rows, 7))


async def find_request(connection: Connection, administration: str, request_id: UUID) -> asyncpg.Record | None:
    """What was asked for under this id, without its lines."""
    return await connection.fetchrow(load_queries(QUERIES).get_request, administration, request_id)


async def request_lines(connection: Connection, key: RequestKey) -> list[asyncpg.Record]:
    """The lines of a request, with their amounts in the base currency too."""
    return await connection.fetch(load_queries(QUERIES).request_lines, *key)


async def show_request(connection: Connection, administration: str, request_id: UUID) -> asyncpg.Record | None:
    """A request with its state, and its lines and the ledger's answers as JSON."""
    return await connection.fetchrow(load_queries(QUERIES).show_request, administration, request_id)


async def list_awaiting_approval(
    connection: Connection, administration: str, after: ApprovalPlace, limit: int
) -> list[asyncpg.Record]:
    """Requests above a limit that nobody decided yet, in the order of ApprovalPlace."""
    return await connection.fetch(load_queries(QUERIES).awaiting_approval, administration, *after, limit)


async def add_approval(connection: Connection, verdict: ApprovalVerdict) -> bool:
    """Keep an approval or its refusal; False when the request was decided before."""
    facts = (verdict.approved, verdict.employee, verdict.note)
    added = await connection.fetchval(load_queries(QUERIES).add_approval, *verdict.request, *facts)
    return added is not None


async def lock_employee(connection: Connection, administration: str, employee: str) -> None:
    """Have the employee's other requests wait until this transaction ends."""
    await connection.execute(load_queries(QUERIES).lock_employee, administration, employee)


async def waived_by_employee(connection: Connection, administration: str, employee: str, since: datetime) -> int:
    """What an employee asked for by hand since an instant, in minor units of the base currency."""
    return int(await connection.fetchval(load_queries(QUERIES).waived_by_employee, administration, employee, since))


class LedgerAnswer(NamedTuple):
    """What the ledger said to an ask: the match, or with `code` and `message` why there is none.

    `items` is how many items were written off, `amount` what of them, in minor units.
    """

    administration: str
    party_id: str
    ask_id: UUID
    match_id: UUID | None
    code: str | None
    message: str | None
    items: int
    amount: int


class RestOfAsk(NamedTuple):
    """Why what an answer neither settled nor named was left out."""

    administration: str
    party_id: str
    ask_id: UUID
    match_id: UUID | None
    code: str
    message: str


async def load_asks(connection: Connection, keys: Iterable[RequestKey]) -> dict[RequestKey, asyncpg.Record]:
    """Those of the asks that are ours, with the request and the batch behind each."""
    rows = await connection.fetch(load_queries(QUERIES).load_asks, *columns(keys, 3))
    return {ask_key(row): row for row in rows}


def ask_key(row: asyncpg.Record) -> RequestKey:
    """The key of the ask in a row."""
    return (row["administration"], row["party_id"], row["ask_id"])


async def add_answers(connection: Connection, answers: Iterable[LedgerAnswer]) -> list[RequestKey]:
    """Keep answers, whose keys differ; gives the keys of the asks that were not answered before."""
    return [ask_key(row) for row in await connection.fetch(load_queries(QUERIES).add_answers, *columns(answers, 8))]


async def skip_rest_of_asks(connection: Connection, rest: Sequence[RestOfAsk]) -> None:
    """Give every line of the asks that was neither settled nor named the reason of the whole answer."""
    if rest:
        await connection.execute(load_queries(QUERIES).skip_rest_of_asks, *columns(rest, 6))
