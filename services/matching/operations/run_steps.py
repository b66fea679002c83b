"""A run on its way through the parties that its criteria choose: how far it is, and whether it only tries."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from chassis.database import Connection
from chassis.jobs import Job, Step
from services.matching.domain.criteria import Criteria
from services.matching.store import runs as store


async def next_step(connection: Connection, job: Job, criteria: Criteria, cursor: dict[str, Any]) -> Step:
    """The step of a chunk that ends with party `cursor["after"]`.

    Progress counts the parties within the criteria, also those with nothing to do, so that the total is known at once.
    """
    begun = (job.cursor or {}).get("after", "")
    done = job.done + await store.count_parties(connection, job.administration, criteria, begun, cursor["after"])
    return Step(cursor, done, max(done, await _total(connection, job, criteria)))


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
