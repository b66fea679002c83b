"""A run on its way: queued, going through the parties that its criteria choose, and whether it only tries."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.jobs import Job, NewJob, Step, add_job
from services.matching.domain.criteria import Criteria
from services.matching.domain.findings import MAX_SHOWN
from services.matching.store import runs as store
from services.matching.store.matches import new_ids
from services.matching.store.passed_over import PassedOver


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that somebody asks for: in which administration, under which id, and who."""

    administration: str
    run_id: UUID
    employee: str

    async def queue(self, connection: Connection, kind: str, parameters: dict[str, Any]) -> None:
        """Have it begin as soon as this transaction commits; `parameters` are all that its chunks know."""
        job = NewJob(
            job_id=self.run_id,
            kind=kind,
            administration=self.administration,
            employee=self.employee,
            parameters=parameters,
        )
        await add_job(connection, job)


async def new_run(connection: Connection, administration: str, employee: str) -> NewRun:
    """A run under a fresh id."""
    (run_id,) = await new_ids(connection, 1)
    return NewRun(administration, run_id, employee)


async def next_step(connection: Connection, job: Job, criteria: Criteria, cursor: dict[str, Any]) -> Step:
    """The step of a chunk that ends with party `cursor["after"]`.

    Progress counts the parties within the criteria, also those with nothing to do, so that the total is known at once.
    """
    begun = (job.cursor or {}).get("after", "")
    done = job.done + await store.count_parties(connection, job.administration, criteria, begun, cursor["after"])
    return Step(cursor, done, max(done, await _total(connection, job, criteria)))


NOTHING_PASSED_OVER: dict[str, Any] = {"held_items": 0, "proposed_items": 0, "proposals": [], "later_items": 0}
"""How what a run passed over begins in its result."""


def with_passed_over(cursor: Mapping[str, Any], more: PassedOver) -> dict[str, Any]:
    """What a run passed over after one more chunk: every item is counted, the first MAX_SHOWN proposals are named."""
    return {
        "held_items": cursor["held_items"] + more.held,
        "proposed_items": cursor["proposed_items"] + sum(more.proposed.values()),
        "later_items": cursor["later_items"] + more.later,
        "proposals": list(dict.fromkeys([*cursor["proposals"], *more.proposed]))[:MAX_SHOWN],
    }


async def last_step(connection: Connection, job: Job, criteria: Criteria, cursor: dict[str, Any]) -> Step:
    """The step of a run that has come to its end: behind it are all parties within the criteria."""
    total = await _total(connection, job, criteria)
    return Step(None, total, total, result_of(cursor))


def result_of(cursor: dict[str, Any]) -> dict[str, Any]:
    """What a run came to: all that its cursor says beside where it is."""
    return {name: value for name, value in cursor.items() if name != "after"}


async def _total(connection: Connection, job: Job, criteria: Criteria) -> int:
    return job.total if job.total is not None else await store.count_parties(connection, job.administration, criteria)


@asynccontextmanager
async def carried_out(connection: Connection, *, only_tried: bool) -> AsyncGenerator[None]:
    """What is done within counts; where it is only tried it is taken back at the end, events and all."""
    if not only_tried:
        yield
        return
    attempt = connection.transaction()
    await attempt.start()
    try:
        yield
    finally:
        await attempt.rollback()
