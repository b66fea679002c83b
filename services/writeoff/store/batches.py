"""Batches: what came of them so far, which are complete, and what they came to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.selection import WriteoffRequested
from contracts.writeoff import ItemsWrittenOff
from services.writeoff.store import QUERIES

BatchKey = tuple[str, UUID]
"""(administration, batch_id)"""


class BatchStep(NamedTuple):
    """What one transaction adds to the progress of a batch."""

    requests: int
    asks: int
    answers: int


class BatchLinePlace(NamedTuple):
    """Where a list of a batch's lines goes on."""

    party_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class BatchLines:
    """Which lines of a batch: with `skipped` those left out, without it the others, with None both."""

    administration: str
    batch_id: UUID
    skipped: bool | None


async def add_batches(connection: Connection, events: Iterable[WriteoffRequested]) -> None:
    """Begin those batches that are new, as the first event of each tells them; the keys of the events differ."""
    rows = sorted(
        ((e.administration, e.batch_id, e.set_id, e.batch_requests, e.employee) for e in events),
        key=lambda row: row[:2],
    )
    await connection.execute(load_queries(QUERIES).add_batches, *columns(rows, 5))


async def contradicting_batches(connection: Connection, events: Iterable[WriteoffRequested]) -> set[int]:
    """Positions (from 0) of the events that tell another number of requests than the first of their batch."""
    rows = ((event.administration, event.batch_id, event.batch_requests) for event in events)
    found = await connection.fetch(load_queries(QUERIES).contradicting_batches, *columns(rows, 3))
    return {row["position"] - 1 for row in found}


async def add_batch_steps(connection: Connection, steps: Mapping[BatchKey, BatchStep]) -> None:
    """Add to the progress of batches."""
    if steps:
        rows = [(*batch, *step) for batch, step in sorted(steps.items())]
        await connection.execute(load_queries(QUERIES).add_batch_steps, *columns(rows, 5))


async def take_stirred_batches(connection: Connection, limit: int) -> list[BatchKey]:
    """Take steps that nobody looked at yet, `limit` at most; gives the batch of each."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.plan_anew)
    return [batch_key(row) for row in await connection.fetch(queries.take_stirred_batches, limit)]


async def complete_batches(connection: Connection, keys: Iterable[BatchKey]) -> dict[BatchKey, asyncpg.Record]:
    """Those of the batches without an outcome of which everything came and is answered."""
    rows = await connection.fetch(load_queries(QUERIES).complete_batches, *columns(keys, 2))
    return {batch_key(row): row for row in rows}


async def close_batches(connection: Connection, keys: Iterable[BatchKey]) -> list[BatchKey]:
    """Close batches for good; gives those that nobody else closed before."""
    return [batch_key(row) for row in await connection.fetch(load_queries(QUERIES).close_batches, *columns(keys, 2))]


async def totals_of_batches(connection: Connection, keys: Collection[BatchKey]) -> list[asyncpg.Record]:
    """Items and amounts of batches: of what was requested and written off by currency, of what was skipped by code."""
    return await connection.fetch(load_queries(QUERIES).totals_of_batches, *columns(keys, 2))


async def add_batch_outcomes(connection: Connection, outcomes: Sequence[ItemsWrittenOff], now: datetime) -> None:
    """Keep what complete batches came to."""
    rows = ((outcome.administration, outcome.batch_id, outcome.model_dump_json()) for outcome in outcomes)
    await connection.execute(load_queries(QUERIES).add_batch_outcomes, *columns(rows, 3), now)


def batch_key(row: asyncpg.Record) -> BatchKey:
    """The key of the batch in a row."""
    return (row["administration"], row["batch_id"])


async def list_batches(
    connection: Connection, administration: str, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Batches with their progress and outcome, in the order of their ids."""
    return await connection.fetch(load_queries(QUERIES).list_batches, administration, after, limit)


async def find_batch(connection: Connection, administration: str, batch_id: UUID) -> asyncpg.Record | None:
    """One batch with its progress and outcome."""
    return await connection.fetchrow(load_queries(QUERIES).get_batch, administration, batch_id)


async def list_batch_lines(
    connection: Connection, which: BatchLines, after: BatchLinePlace, limit: int
) -> list[asyncpg.Record]:
    """Lines of a batch with what became of each, in the order of BatchLinePlace."""
    named = (which.administration, which.batch_id)
    return await connection.fetch(load_queries(QUERIES).batch_lines, *named, *after, which.skipped, limit)
