"""Statements that look up keys are planned for that, and nothing else in their transaction is."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

import pytest

from chassis.consuming.handling import Handler
from chassis.database import Connection
from chassis.jobs import Job
from contracts.event import Event
from services.writeoff.domain.months import add_months
from services.writeoff.domain.runs import WriteOffRun
from services.writeoff.operations.causes import take_causes
from services.writeoff.operations.requests import take_requests
from services.writeoff.operations.runs import advance_run
from tests.events import received
from tests.services.writeoff.causes import uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, NOW, configured, posted, requested
from tests.services.writeoff.test_runs import LAST_MONTH_END, books, contribution

SETTINGS = ("plan_cache_mode", "enable_hashjoin", "enable_mergejoin", "enable_seqscan", "enable_material")


async def settings(connection: Connection) -> list[str]:
    return [await connection.fetchval("SELECT current_setting($1)", name) for name in SETTINGS]


def months_end() -> Job:
    run = WriteOffRun(administration=ADMINISTRATION, kind="month-end", date=LAST_MONTH_END)
    parameters: dict[str, Any] = asdict(run) | {"date": str(run.date)}
    return Job(
        job_id=uuid4(),
        kind=run.kind,
        administration=ADMINISTRATION,
        parameters=parameters,
        cursor=None,
        done=0,
        total=None,
        employee="e.maes",
    )


@pytest.mark.parametrize(
    ("take", "event"), [(take_requests, requested({"I1": 40})), (take_causes, uncharged())], ids=["bulk", "rule"]
)
async def test_what_follows_a_batch_of_events_in_their_transaction_is_planned_as_ever(
    writeoffs: WriteOffs, take: Handler, event: Event
) -> None:
    await writeoffs.take(configured(), posted("I1", 40, checkin_id="C1"))

    async with writeoffs.database.transaction() as connection:
        before = await settings(connection)
        await take(connection, [received(event, NOW)])
        after = await settings(connection)

    assert after == before == ["auto", "on", "on", "on", "on"]


async def test_a_months_end_reads_what_is_due_by_a_plan_of_its_own(writeoffs: WriteOffs) -> None:
    await writeoffs.take(books(), contribution("C1", add_months(LAST_MONTH_END, -6)))

    async with writeoffs.database.transaction() as connection:
        await advance_run(connection, months_end())
        plans = await connection.fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE $1",
            "%standing_in_run%",
        )

    assert [tuple(row) for row in plans] == [(0, 1)]
