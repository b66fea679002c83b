"""Long runs: a row per run, a transaction per chunk, resumed from the cursor after any crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from chassis.background import Upkeep, repeat
from chassis.database import Connection, Database, is_too_slow
from chassis.errors import NotFound, Refused
from chassis.faults import Fault, Standstill, fault_of
from chassis.queries import load_queries
from chassis.sentences import Sentence
from chassis.telemetry import metrics

log = structlog.get_logger(__name__)

RUN = "run"
WORKER = "worker"
IDLE_SECONDS = 0.5
MAX_ATTEMPTS = 8
LIST_LIMIT = 1_001
"""A page of the API, and the row that tells of a next one."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A run as its next chunk finds it. `cursor` is what the chunk before left, None at the start."""

    job_id: UUID
    kind: str
    administration: str
    parameters: Json
    cursor: Json | None
    done: int
    total: int | None
    employee: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a chunk did: `cursor` for the next one, or None with the `result` when the run is finished.

    `done` is the run's progress so far, in the unit that `total` counts.
    """

    cursor: Json | None
    done: int
    total: int | None = None
    result: Json | None = None


Advance = Callable[[Connection, Job], Awaitable[Step]]
"""Does the next chunk of a run in the given transaction."""
Failure = Mapping[str, Any]
"""Why a run failed: `code` and `message`, and the `field` of what was refused."""
EndedEarly = Callable[[Connection, Job, Failure], Awaitable[None]]
"""Tells what a run was doing that it failed, in the transaction that notes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A run to be queued; `parameters` are JSON-serialisable, and all that its chunks know."""

    job_id: UUID
    kind: str
    administration: str
    employee: str
    parameters: Mapping[str, Any]


async def add_job(connection: Connection, job: NewJob) -> None:
    """Queue a run in this transaction; the same id twice is one run."""
    parameters = json.dumps(dict(job.parameters), default=str)
    await connection.execute(
        load_queries("chassis").add_job, job.job_id, job.kind, job.administration, parameters, None, job.employee
    )


async def get_job(connection: Connection, job_id: UUID) -> asyncpg.Record:
    """A run with its state, progress and result; NotFound when there is none."""
    row = await connection.fetchrow(load_queries("chassis").get_job, job_id)
    if row is None:
        raise NotFound(
            "unknown-job", "No run has the id {job_id}.", job_id=job_id, field="job_id", remedy="See the list of runs."
        )
    return row


async def lock_job(connection: Connection, job_id: UUID) -> asyncpg.Record:
    """A run between two of its chunks, with its cursor: none begins while this transaction lasts. Raises NotFound."""
    row = await connection.fetchrow(load_queries("chassis").lock_job, job_id)
    if row is None:
        raise NotFound(
            "unknown-job", "No run has the id {job_id}.", job_id=job_id, field="job_id", remedy="See the list of runs."
        )
    return row


async def cancel_job(connection: Connection, job_id: UUID, result: Mapping[str, Any], employee: str) -> None:
    """End a locked run where it is; `result` is what it came to so far, and stays."""
    error = {
        "code": "cancelled",
        "message": Sentence("Cancelled by {employee}: what was done before stays.", employee=employee),
    }
    outcome = json.dumps(dict(result), default=str)
    await connection.execute(load_queries("chassis").cancel_job, job_id, outcome, json.dumps(error))


async def resume_job(connection: Connection, job_id: UUID) -> None:
    """Take a run that failed up again, from the cursor that its last whole chunk left; what it did is not done again.

    A run in another state stays as it is.
    """
    await connection.execute(load_queries("chassis").resume_job, job_id)


async def list_jobs(
    connection: Connection, administration: str, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """An administration's runs, newest first."""
    return await connection.fetch(load_queries("chassis").list_jobs, administration, after, min(limit, LIST_LIMIT))


class JobWorker:
    """Advances the service's runs, a chunk at a time; any number of workers may run."""

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, Advance],
        ended_early: Mapping[str, EndedEarly] | None = None,
        standstill: Standstill | None = None,
    ) -> None:
        self.database = database
        self.kinds = kinds
        self.ended_early = ended_early or {}
        self._standstill = standstill or Standstill()
        self.added = asyncio.Event()
        """Set it after queueing a run, so that the run begins at once."""

    async def run(self) -> None:
        """Work until cancelled; when no run can be taken at all, try again after pauses that grow."""
        await repeat(self._round, Upkeep(WORKER, self._standstill, RUN))

    async def _round(self) -> bool:
        """A chunk, or a rest where none is due."""
        self.added.clear()
        if not await self.advance_one():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.added.wait(), IDLE_SECONDS)
        return True

    async def advance_one(self) -> bool:
        """Do one chunk of the run that waited longest; False when nothing is due."""
        job: Job | None = None
        try:
            async with self.database.transaction() as connection:
                job = await self._take(connection)
                if job is None:
                    return False
                with metrics.JOB_CHUNK_SECONDS.labels(job.kind).time():
                    step = await self.kinds[job.kind](connection, job)
                    await self._record(connection, job, step)
            metrics.JOB_CHUNKS.labels(job.kind, "done").inc()
            self._standstill.go_on(RUN, str(job.job_id))
        except Refused as refusal:
            assert job is not None, "only a taken job's chunk refuses"
            metrics.JOB_CHUNKS.labels(job.kind, "refused").inc()
            await self._fail(job, {"code": refusal.code, "message": str(refusal), "field": refusal.field})
        except Exception as error:
            if job is None:
                raise
            metrics.JOB_CHUNKS.labels(job.kind, "failed").inc()
            if _is_passing(error):
                log.warning("chunk failed", job=str(job.job_id), kind=job.kind, exc_info=error)
            else:
                error.add_note(f"in {job.kind}")
                self._standstill.stop(RUN, str(job.job_id), error)
            await self._postpone(job, error)
        return True

    async def _take(self, connection: Connection) -> Job | None:
        row = await connection.fetchrow(load_queries("chassis").take_job)
        if row is None:
            return None
        return Job(
            job_id=row["job_id"],
            kind=row["kind"],
            administration=row["administration"],
            parameters=json.loads(row["parameters"]),
            cursor=json.loads(row["cursor"]) if row["cursor"] else None,
            done=row["done"],
            total=row["total"],
            employee=row["employee"],
        )

    async def _record(self, connection: Connection, job: Job, step: Step) -> None:
        queries = load_queries("chassis")
        if step.cursor is None:
            result = json.dumps(step.result or {}, default=str)
            await connection.execute(queries.finish_job, job.job_id, step.done, step.total, result)
        else:
            cursor = json.dumps(step.cursor, default=str)
            await connection.execute(queries.advance_job, job.job_id, cursor, step.done, step.total)

    async def _fail(self, job: Job, error: Json) -> None:
        self._standstill.go_on(RUN, str(job.job_id))
        async with self.database.transaction() as connection:
            status = await connection.execute(load_queries("chassis").fail_job, job.job_id, json.dumps(error))
            if job.kind in self.ended_early and status != "UPDATE 0":
                await self.ended_early[job.kind](connection, job, error)

    async def _postpone(self, job: Job, error: Exception) -> None:
        """Try again later; a chunk that failed MAX_ATTEMPTS times for no passing reason ends its run.

        So does one whose statement was cancelled so often: its work cannot be cut, and would hold its locks for ever.
        """
        described = {"code": "chunk-failed", "message": f"{type(error).__name__}: {error}"[:1_000]}
        async with self.database.transaction() as connection:
            attempts = await connection.fetchval(
                load_queries("chassis").postpone_job, job.job_id, json.dumps(described)
            )
        if attempts is not None and attempts >= MAX_ATTEMPTS and (is_too_slow(error) or not _is_passing(error)):
            await self._fail(job, described)


def _is_passing(error: Exception) -> bool:
    """Whether the chunk may work later. A value that PostgreSQL does not take is no sender's here, but ours."""
    return fault_of(error) is Fault.PASSING
