"""When the last request of a batch is answered, its outcome is told, exactly once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog

from chassis.database import Connection, is_passing
from chassis.outbox import publish
from chassis.queries import load_queries
from chassis.service import Runtime
from contracts.event import Total
from contracts.writeoff import ItemsWrittenOff, SkippedFor, WrittenOff
from services.writeoff.store import QUERIES

LOOK_SECONDS = 0.2
COMPLETED_AT_ONCE = 20
PAUSE_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def complete_batches(runtime: Runtime) -> None:
    """Look for complete batches until cancelled.

    The transactions that answer requests only add rows, so none of them can know that it is the last: whether all
    are there is asked here, of what is committed.
    """
    while True:
        try:
            async with runtime.database.transaction() as connection:
                await complete_due(connection, datetime.now(UTC))
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("batches are completed later", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(LOOK_SECONDS)


async def complete_due(connection: Connection, now: datetime) -> list[ItemsWrittenOff]:
    """Publish the outcome of batches that are complete; gives those that nobody published before."""
    queries = load_queries(QUERIES)
    published = []
    for batch in await connection.fetch(queries.complete_batches, COMPLETED_AT_ONCE):
        if await connection.fetchval(queries.close_batch, batch["administration"], batch["batch_id"]) is None:
            continue
        outcome = await _outcome(connection, batch, now)
        await connection.execute(
            queries.add_batch_outcome, outcome.administration, outcome.batch_id, outcome.model_dump_json(), now
        )
        await publish(connection, outcome)
        published.append(outcome)
    return published


async def _outcome(connection: Connection, batch: asyncpg.Record, now: datetime) -> ItemsWrittenOff:
    queries = load_queries(QUERIES)
    named: tuple[str, UUID] = (batch["administration"], batch["batch_id"])
    requested = await connection.fetch(queries.batch_requested, *named)
    written_off = await connection.fetch(queries.batch_written_off, *named)
    skipped = await connection.fetch(queries.batch_skipped, *named)
    return ItemsWrittenOff(
        administration=batch["administration"],
        batch_id=batch["batch_id"],
        set_id=batch["set_id"],
        requested_items=sum(row["items"] for row in requested),
        written_off_items=sum(row["items"] for row in written_off),
        skipped_items=sum(row["items"] for row in skipped),
        requested=tuple(Total(currency=row["currency"], amount=row["amount"]) for row in requested),
        written_off=tuple(WrittenOff(**dict(row)) for row in written_off),
        skipped=tuple(SkippedFor(**dict(row)) for row in skipped),
        employee=batch["employee"],
        completed_at=now,
    )
