"""When the last request of a batch is answered, its outcome is told, exactly once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg
import structlog

from chassis.database import Connection, is_passing
from chassis.outbox import publish
from chassis.service import Runtime
from contracts.event import Total
from contracts.writeoff import ItemsWrittenOff, SkippedFor, WrittenOff
from services.writeoff.store import batches as store
from services.writeoff.store.batches import BatchKey, batch_key

LOOK_SECONDS = 0.2
STIRRED_AT_ONCE = 2_000
PAUSE_SECONDS = 2.0

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
    stirred = await store.take_stirred_batches(connection, STIRRED_AT_ONCE)
    due = await store.complete_batches(connection, sorted(set(stirred))) if stirred else {}
    closed = await store.close_batches(connection, due) if due else []
    if closed:
        outcomes = await _outcomes(connection, {key: due[key] for key in sorted(closed)}, now)
        await store.add_batch_outcomes(connection, outcomes, now)
        await publish(connection, *outcomes)
    return len(stirred)


async def _outcomes(
    connection: Connection, batches: Mapping[BatchKey, asyncpg.Record], now: datetime
) -> list[ItemsWrittenOff]:
    found: dict[tuple[BatchKey, str], list[asyncpg.Record]] = defaultdict(list)
    for row in await store.totals_of_batches(connection, batches):
        found[batch_key(row), row["what"]].append(row)
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
