"""What every service lets its operators see and do: progress, dead letters, waiting events, jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field, Json

from chassis.consuming.dead_letters import (
    LettersWanted,
    list_dead_letters,
    lock_dead_letter,
    note_dead_letter_retry,
    resolve_dead_letter,
)
from chassis.consuming.handling import Record
from chassis.consuming.lag import GroupPosition
from chassis.consuming.waiting import list_waiting
from chassis.database import PASSING_FAULTS, Connection, Database
from chassis.errors import Poison, Retry
from chassis.http.authorization import Employed, Operator, Overseer, authenticated
from chassis.http.idempotency import CommandAnswer, IdempotentCommand, run_command
from chassis.http.kept_sentences import Told, ToldReason
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Keyset, Limit, Page
from chassis.http.views import View, shown_as
from chassis.jobs import get_job, list_jobs
from chassis.queries import load_queries
from chassis.telemetry.metrics import CONSUMER_LAG, DEAD_LETTERS, OUTBOX_UNPUBLISHED, WAITING_EVENTS

DeadLetterId = Annotated[int, Path(ge=1, le=2**63 - 1)]
RetryDead = Callable[[Connection, Record], Awaitable[Poison | None]]


@dataclass(frozen=True, kw_only=True)
class OperatorPorts:
    """What the operators' routes need of the running service.

    `lag` gives the events not applied yet per `topic-partition` of this process, `group_lag` those of all processes of
    the service; `retry_dead` applies a dead letter again in the given transaction and gives the poison if it is still
    dead.
    """

    service: str
    database: Database
    lag: Callable[[], Awaitable[Mapping[str, int]]]
    group_lag: Callable[[], Awaitable[Mapping[str, int]]]
    group_positions: Callable[[], Awaitable[Mapping[str, GroupPosition]]] | None = None
    retry_dead: RetryDead
    wait_limit_seconds: float


class Progress(View):
    """How far the service is with what it was told, and with telling others."""

    service: str
    lag: dict[str, int] = Field(description="Events not applied yet per topic-partition, whichever process has it")
    applied: dict[str, int] = Field(
        default_factory=dict, description="Per topic-partition the offset of the event that comes next"
    )
    lag_total: int
    unpublished: int = Field(description="Events committed here that the broker has not confirmed")
    waiting: int = Field(description="Events that wait for what they refer to")
    overdue: int = Field(description="Those of them that wait longer than the limit")
    dead_letters: int = Field(description="Messages put aside and not applied since")
    drained: bool = Field(description="Nothing is left to apply or to publish; what waits or is dead may remain")


class DeadLetter(View):
    """A message that could not be parsed or applied."""

    id: int
    topic: str
    partition: int
    record_offset: int
    key: str | None
    administration: str | None = Field(description="Whose books the message says it is of; null where nobody can tell")
    code: str
    message: Told
    field: str | None
    remedy: Told | None
    body: str = Field(description="The first 2,000 characters, bytes that are no ASCII escaped")
    received_at: datetime
    retried_at: datetime | None
    resolved_at: datetime | None


class RetriedDeadLetter(View):
    """What trying a dead letter again came to."""

    id: int
    applied: bool
    code: str | None = None
    message: Told | None = None
    remedy: Told | None = None


class WaitingEvent(View):
    """An event that came before what it refers to."""

    id: str
    topic: str
    key: str
    administration: str
    refers_to: str
    received_at: datetime
    attempts: int
    next_attempt_at: datetime
    overdue: bool


class JobView(View):
    """A long run; `done` of `total` in the run's own unit."""

    job_id: UUID
    kind: str
    administration: str
    state: str = Field(description="queued, running, done, failed or cancelled")
    parameters: Json[Any]
    done: int
    total: int | None
    result: Json[Any] | None
    error: Json[ToldReason] | None
    employee: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


_DEAD_LETTERS = Keyset("dead-letters", int)
_WAITING = Keyset("waiting", str)
_JOBS = Keyset("jobs", UUID)


async def measure_progress(ports: OperatorPorts) -> Progress:
    """Ask the database and the broker how far the service is, all of its processes taken together."""
    if ports.group_positions is None:
        return await _progress(ports, dict(await ports.group_lag()))
    positions = await ports.group_positions()
    progress = await _progress(ports, {name: position.left for name, position in positions.items()})
    return progress.model_copy(update={"applied": {name: at.applied for name, at in positions.items()}})


async def _progress(ports: OperatorPorts, lag: dict[str, int]) -> Progress:
    queries = load_queries("chassis")
    async with ports.database.snapshot() as connection:
        unpublished = await connection.fetchval(queries.count_unpublished)
        waiting = await connection.fetchrow(queries.count_waiting, ports.wait_limit_seconds)
        dead = await connection.fetchval(queries.count_dead_letters)
    assert waiting is not None, "an aggregate always has its row"
    lag_total = sum(lag.values())
    return Progress(
        service=ports.service,
        lag=lag,
        lag_total=lag_total,
        unpublished=unpublished,
        waiting=waiting["waiting"],
        overdue=waiting["overdue"],
        dead_letters=dead,
        drained=lag_total == 0 and unpublished == 0,
    )


async def refresh_gauges(ports: OperatorPorts) -> None:
    """Bring the gauges that a scrape shows up to date; they stay as they were while database or broker is away.

    Each process tells of its own partitions: whoever adds them up has those of the service.
    """
    try:
        progress = await _progress(ports, dict(await ports.lag()))
    except (Retry, *PASSING_FAULTS):
        return
    CONSUMER_LAG.clear()
    for name, events in progress.lag.items():
        topic, _, partition = name.rpartition("-")
        CONSUMER_LAG.labels(topic, partition).set(events)
    OUTBOX_UNPUBLISHED.set(progress.unpublished)
    WAITING_EVENTS.set(progress.waiting)
    DEAD_LETTERS.set(progress.dead_letters)


def operator_router(ports: OperatorPorts) -> APIRouter:
    """The routes that every service has beside its own."""
    router = APIRouter(prefix="/v1", tags=["operation"])

    @router.get("/progress", dependencies=[Depends(authenticated)])
    async def progress() -> Progress:
        """How far this service is; `drained` turns true when it has applied and published everything."""
        return await measure_progress(ports)

    _add_dead_letters(router, ports)
    _add_waiting(router, ports)
    _add_jobs(router, ports)
    return router


def _add_dead_letters(router: APIRouter, ports: OperatorPorts) -> None:
    @router.get("/dead-letters")
    async def dead_letters(
        actor: Overseer,
        topic: Annotated[str | None, Query(max_length=249)] = None,
        *,
        resolved: bool = False,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[DeadLetter]:
        """What was put aside of your administrations, oldest first, with `resolved` also what was applied since.

        A message that cannot be read may be of any administration: only who runs all of them sees it.
        """
        wanted = LettersWanted(actor.visible_administrations, topic, resolved)
        after = _DEAD_LETTERS.decode(cursor) or 0
        async with ports.database.snapshot() as connection:
            rows = await list_dead_letters(connection, wanted, after=after, limit=limit + 1)
        return _DEAD_LETTERS.page(rows, limit, key=lambda row: row["id"], show=shown_as(DeadLetter))

    @router.post("/dead-letters/{dead_letter_id}/retry", response_model=RetriedDeadLetter)
    async def retry_dead_letter(dead_letter_id: DeadLetterId, actor: Operator, command: IdempotentCommand) -> Response:
        """Try to apply a dead letter of your administrations again, now that its cause is mended."""

        async def operation(connection: Connection) -> CommandAnswer:
            record = await lock_dead_letter(connection, dead_letter_id, actor.visible_administrations)
            return CommandAnswer(body=await _retry(connection, ports.retry_dead, dead_letter_id, record))

        return await run_command(ports.database, command, operation)


async def _retry(
    connection: Connection, retry_dead: RetryDead, dead_letter_id: int, record: Record
) -> RetriedDeadLetter:
    poison = await retry_dead(connection, record)
    if poison is None:
        await resolve_dead_letter(connection, dead_letter_id)
        return RetriedDeadLetter(id=dead_letter_id, applied=True)
    await note_dead_letter_retry(connection, dead_letter_id, poison)
    return RetriedDeadLetter(
        id=dead_letter_id, applied=False, code=poison.code, message=poison.message, remedy=poison.remedy
    )


def _add_waiting(router: APIRouter, ports: OperatorPorts) -> None:
    @router.get("/waiting")
    async def waiting(actor: Employed, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[WaitingEvent]:
        """Events of your administrations that came before what they refer to."""
        after = _WAITING.decode(cursor)
        async with ports.database.snapshot() as connection:
            rows = await list_waiting(
                connection, actor.visible_administrations, after, limit + 1, ports.wait_limit_seconds
            )
        return _WAITING.page(rows, limit, key=lambda row: row["id"], show=shown_as(WaitingEvent))


def _add_jobs(router: APIRouter, ports: OperatorPorts) -> None:
    @router.get("/jobs/{job_id}")
    async def job(job_id: UUID, actor: Employed) -> JobView:
        """One long run and how far it is."""
        async with ports.database.snapshot() as connection:
            row = await get_job(connection, job_id)
        actor.within(row["administration"])
        return shown_as(JobView)(row)

    @router.get("/jobs")
    async def jobs(
        actor: Employed,
        administration: Annotated[str, Query(min_length=1, max_length=64)],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[JobView]:
        """The long runs of an administration, newest first."""
        actor.within(administration)
        before = _JOBS.decode(cursor)
        async with ports.database.snapshot() as connection:
            rows = await list_jobs(connection, administration, before, limit + 1)
        return _JOBS.page(rows, limit, key=lambda row: row["job_id"], show=shown_as(JobView))
