"""Publishing a confirmed write-off: one event per party, in chunks that a crash cannot split or repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.ids import derived_id
from chassis.jobs import Job, Step
from chassis.outbox import publish
from chassis.queries import load_queries
from contracts.event import MAX_LINES
from contracts.selection import ApprovedItem, WriteoffRequested
from services.selection.operations.write_offs import PUBLISH_WRITEOFF
from services.selection.store.batches import Batch, get_batch
from services.selection.store.sets import QUERIES

__all__ = ["PUBLISH_WRITEOFF", "publish_requests"]

CHUNK_ITEMS = 5_000


async def publish_requests(connection: Connection, job: Job) -> Step:
    """Publish the next parties' requests; progress counts items."""
    queries = load_queries(QUERIES)
    batch = await get_batch(connection, job.administration, UUID(job.parameters["batch_id"]))
    after = job.cursor["after"] if job.cursor else ""
    keys = (job.administration, batch.set_id, batch.batch_id, after)
    last = await connection.fetchval(queries.last_party_of_chunk, *keys, CHUNK_ITEMS)
    if last is None:
        await connection.execute(queries.finish_publishing, job.administration, batch.batch_id)
        return Step(None, job.done, batch.items, {"items": job.done, "requests": batch.requests})
    rows = await connection.fetch(queries.requested_items, *keys, last)
    events = list(_requests(job.administration, batch, rows))
    await connection.execute(
        queries.add_requests,
        job.administration,
        batch.batch_id,
        [event.party_id for event in events],
        [event.request_id for event in events],
        [len(event.lines) for event in events],
    )
    await publish(connection, *events)
    return Step({"after": last}, job.done + len(rows), batch.items)


def _requests(administration: str, batch: Batch, rows: Sequence[asyncpg.Record]) -> Iterator[WriteoffRequested]:
    """One event per party, or several where it has more than MAX_LINES; the same ids however often they are made."""
    approved_by = batch.confirmed_by if batch.confirmed_by != batch.requested_by else None
    for party_id, group in groupby(rows, key=lambda row: str(row["party_id"])):
        lines = [
            ApprovedItem(item_id=row["item_id"], currency=row["currency"], open_amount=row["open_amount"])
            for row in group
        ]
        for start in range(0, len(lines), MAX_LINES):
            yield WriteoffRequested(
                administration=administration,
                party_id=party_id,
                request_id=derived_id(batch.batch_id, f"{party_id}:{start}"),
                batch_id=batch.batch_id,
                batch_requests=batch.requests,
                set_id=batch.set_id,
                journal=batch.journal,
                date=batch.booking_date,
                lines=tuple(lines[start : start + MAX_LINES]),
                note=batch.note,
                employee=batch.requested_by,
                approved_by=approved_by,
            )
