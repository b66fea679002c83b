"""Requests, asks and answers, as the database keeps them: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.projection.parties import find_administration
from chassis.queries import load_queries
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Ask, Decision, Item, Request, Skipped

QUERIES = "services.writeoff"
UNIT_SEPARATOR = "\x1f"
"""Joins ids into one text: no id contains a control character."""

PartyKey = tuple[str, str]
"""(administration, party_id)"""
RequestKey = tuple[str, str, UUID]
"""(administration, party_id, request_id or ask_id)"""
PartyItems = Mapping[PartyKey, Mapping[str, Item]]


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into `width` arrays, as `unnest` takes them."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


async def share_books(connection: Connection, administrations: Iterable[str]) -> None:
    """Keep periods from being sealed until this transaction ends."""
    await connection.execute(load_queries(QUERIES).share_books, sorted(set(administrations)))


async def find_books(connection: Connection, administration: str) -> Books | None:
    """The administration's books, or None when it is not configured yet."""
    configuration = await find_administration(connection, administration)
    if configuration is None:
        return None
    queries = load_queries(QUERIES)
    sealed = await connection.fetch(queries.sealed_periods, administration)
    retired = await connection.fetch(queries.retired_journals, administration)
    return Books(
        configuration, [(row["fiscal_year"], row["period"]) for row in sealed], [row["code"] for row in retired]
    )


async def load_items(connection: Connection, keys: Iterable[tuple[str, str, str]]) -> dict[PartyKey, dict[str, Item]]:
    """The given items (administration, party_id, item_id) that are posted, by party and id."""
    rows = await connection.fetch(load_queries(QUERIES).load_items, *columns(sorted(set(keys)), 3))
    items: dict[PartyKey, dict[str, Item]] = {}
    for row in rows:
        items.setdefault((row["administration"], row["party_id"]), {})[row["item_id"]] = item_of(row)
    return items


def item_of(row: asyncpg.Record) -> Item:
    """A row of the read model, as decisions see it."""
    return Item._make(row[field] for field in Item._fields)


async def add_requests(connection: Connection, requests: Sequence[Request]) -> set[RequestKey]:
    """Keep requests; gives the keys of those that were not there yet."""
    rows = await connection.fetch(
        load_queries(QUERIES).add_requests,
        *columns(
            (
                (
                    request.administration,
                    request.party_id,
                    request.request_id,
                    request.origin,
                    request.batch_id,
                    request.rule,
                    request.cause_topic,
                    request.cause_key,
                    request.reversal_of,
                    request.date,
                    request.note,
                    request.employee,
                    request.approved_by,
                    request.needs_approval,
                )
                for request in requests
            ),
            14,
        ),
    )
    return {(row["administration"], row["party_id"], row["request_id"]) for row in rows}


async def add_lines(connection: Connection, requests: Sequence[Request], items: PartyItems) -> None:
    """Keep the lines of new requests, with their share of the base amount."""
    rows = []
    for request in requests:
        known = items.get((request.administration, request.party_id), {})
        for line in request.lines:
            item = known.get(line.item_id)
            base_amount = line.amount if item is None else item.base_share(line.amount)
            wish = (line.item_id, line.journal, line.currency, line.amount, line.approved_open_amount, base_amount)
            rows.append((*request.key, *wish))
    await connection.execute(load_queries(QUERIES).add_request_lines, *columns(rows, 9))


async def add_decisions(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Keep what is asked of the ledger, and what was refused."""
    await add_skipped(connection, [(decision.request.key, skip) for decision in decisions for skip in decision.skipped])
    asks = [ask for decision in decisions for ask in decision.asks]
    if asks:
        await connection.execute(load_queries(QUERIES).add_asks, *columns(map(_ask_row, asks), 9))


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
        UNIT_SEPARATOR.join(line.item_id for line in ask.lines),
    )


async def add_skipped(connection: Connection, skipped: Sequence[tuple[RequestKey, Skipped]]) -> None:
    """Keep lines that were refused; the first reason stays."""
    if not skipped:
        return
    await connection.execute(
        load_queries(QUERIES).add_skipped_lines,
        *columns(((*key, skip.line.item_id, skip.line.journal, skip.code, skip.message) for key, skip in skipped), 7),
    )


async def add_batch_steps(connection: Connection, steps: Mapping[tuple[str, UUID], tuple[int, int, int]]) -> None:
    """Add to the progress of batches: (requests, asks, answers) per (administration, batch_id)."""
    if steps:
        rows = [(*batch, *counts) for batch, counts in sorted(steps.items())]
        await connection.execute(load_queries(QUERIES).add_batch_steps, *columns(rows, 5))
