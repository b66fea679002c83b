"""Publishing a confirmed write-off: one event per party, in chunks that a crash cannot split or repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.ids import derived_id
from chassis.jobs import Job, NewJob, Step, add_job, resume_job
from chassis.outbox import publish
from contracts.event import MAX_LINES
from contracts.selection import ApprovedItem, WriteoffRequested
from services.selection.domain.asks import asks_of
from services.selection.domain.work_scope import WorkScope
from services.selection.store.publication import (
    PartyStretch,
    add_asks,
    add_requests,
    last_party_of_chunk,
    requested_items,
    set_published,
)
from services.selection.store.write_offs import WriteOffBatch, get_batch

KIND = "publish-writeoff"
CHUNK_ITEMS = 5_000


async def queue_publication(connection: Connection, scope: WorkScope, batch_id: UUID) -> None:
    """Publish a write-off that was confirmed; the run has the write-off's id."""
    job = NewJob(
        job_id=batch_id,
        kind=KIND,
        administration=scope.administration,
        employee=scope.employee,
        parameters={"batch_id": str(batch_id)},
    )
    await add_job(connection, job)


async def resume_publication(connection: Connection, batch: WriteOffBatch) -> None:
    """Let a publication that failed go on: the events of its whole chunks were told, and are not told again."""
    await resume_job(connection, batch.batch_id)


async def advance_publication(connection: Connection, job: Job) -> Step:
    """Publish the next parties' requests; progress counts items."""
    batch = await get_batch(connection, job.administration, UUID(job.parameters["batch_id"]))
    after = job.cursor["after"] if job.cursor else ""
    last = await last_party_of_chunk(connection, job.administration, batch, after, CHUNK_ITEMS)
    if last is None:
        await set_published(connection, job.administration, batch.batch_id)
        return Step(None, job.done, batch.items, {"items": job.done, "requests": batch.requests})
    rows = await requested_items(connection, job.administration, batch, PartyStretch(after, last))
    events = list(_requests(job.administration, batch, rows))
    await add_requests(connection, job.administration, batch.batch_id, events)
    await add_asks(connection, job.administration, [ask for event in events for ask in asks_of(event)])
    await publish(connection, *events)
    return Step({"after": last}, job.done + len(rows), batch.items)


def _requests(administration: str, batch: WriteOffBatch, rows: Sequence[asyncpg.Record]) -> Iterator[WriteoffRequested]:
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
