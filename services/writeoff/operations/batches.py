"""When the last request of a batch is answered, its outcome is told, exactly once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog

from chassis.database import Connection, columns, is_passing
from chassis.outbox import publish
from chassis.queries import load_queries
from chassis.service import Runtime
from contracts.event import Total
from contracts.writeoff import ItemsWrittenOff, SkippedFor, WrittenOff
from services.writeoff.store.requests import QUERIES

LOOK_SECONDS = 0.2
STIRRED_AT_ONCE = 2_000
PAUSE_SECONDS = 2.0

BatchKey = tuple[str, UUID]
"""(administration, batch_id)"""

log = structlog.get_logger(__name__)


async def complete_batches(runtime: Runtime) -> None:
    """Look at batches that got a step until cancelled.

    The transactions that answer requests only add rows, so none of them can know that it is the last: whether all
    are there is asked here, of what is committed.
    """
    while True:
        pause = LOOK_SECONDS
        try:
            async with runtime.database.transaction() as connection:
                if await complete_due(connection, datetime.now(UTC)) == STIRRED_AT_ONCE:
                    pause = 0.0
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("batches are completed later", error=f"{type(error).__name__}: {error}")
            pause = PAUSE_SECONDS
        await asyncio.sleep(pause)


async def complete_due(connection: Connection, now: datetime) -> int:
    """Publish the outcomes of batches that became complete, each once; gives how many steps were looked at."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.plan_anew)
    stirred = await connection.fetch(queries.take_stirred_batches, STIRRED_AT_ONCE)
    keys = columns(sorted({_key(row) for row in stirred}), 2)
    due = {_key(row): row for row in await connection.fetch(queries.complete_batches, *keys)} if stirred else {}
    closed = [_key(row) for row in await connection.fetch(queries.close_batches, *columns(due, 2))] if due else []
    if closed:
        outcomes = await _outcomes(connection, {key: due[key] for key in sorted(closed)}, now)
        rows = [(outcome.administration, outcome.batch_id, outcome.model_dump_json()) for outcome in outcomes]
        await connection.execute(queries.add_batch_outcomes, *columns(rows, 3), now)
        await publish(connection, *outcomes)
    return len(stirred)


async def _outcomes(
    connection: Connection, batches: Mapping[BatchKey, asyncpg.Record], now: datetime
) -> list[ItemsWrittenOff]:
    found: dict[tuple[BatchKey, str], list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(load_queries(QUERIES).totals_of_batches, *columns(batches, 2)):
        found[_key(row), row["what"]].append(row)
    return [
        _outcome(batch, [found[key, what] for what in ("requested", "written-off", "skipped")], now)
        for key, batch in batches.items()
    ]


def _outcome(batch: asyncpg.Record, totals: Sequence[Sequence[asyncpg.Record]], now: datetime) -> ItemsWrittenOff:
    requested, written_off, skipped = totals
    return ItemsWrittenOff(
        administration=batch["administration"],
        batch_id=batch["batch_id"],
        set_id=batch["set_id"],
        requested_items=_items(requested),
        written_off_items=_items(written_off),
        skipped_items=_items(skipped),
        requested=tuple(Total(currency=row["currency"], amount=row["amount"]) for row in requested),
        written_off=tuple(
            WrittenOff(journal=row["journal"], currency=row["currency"], items=row["items"], amount=row["amount"])
            for row in written_off
        ),
        skipped=tuple(SkippedFor(code=row["code"], items=row["items"]) for row in skipped),
        employee=batch["employee"],
        completed_at=now,
    )


def _items(totals: Sequence[asyncpg.Record]) -> int:
    return sum(row["items"] for row in totals)


def _key(row: asyncpg.Record) -> BatchKey:
    return (row["administration"], row["batch_id"])
