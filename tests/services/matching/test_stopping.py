"""A run that is stopped on its way: whole chunks are done and stay, nothing else is, and it never goes on."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.database import Connection
from chassis.jobs import Job, JobWorker, Step
from services.matching.operations.settlement import KIND, advance_settlement
from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, posted
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}
PARTIES = 6


@pytest.fixture
async def queued(ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A settlement whose parties are more than one chunk."""
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 8)
    for n in range(PARTIES):
        await ledger.take(posted(f"I{n}", 300, party_id=f"P{n}"), posted(f"C{n}", -300, party_id=f"P{n}"))
    answer = await desk.do("settlement-runs", {"booking": BOOKING}, 202)
    return UUID(answer["job_id"])


async def job_of(ledger: Ledger, run_id: UUID) -> dict[str, Any]:
    (job,) = await ledger.rows("SELECT * FROM job WHERE job_id = $1", run_id)
    return job


async def test_what_was_done_stays_and_is_told_and_nothing_more_is_done(
    ledger: Ledger, desk: Desk, queued: UUID
) -> None:
    assert await ledger.worker.advance_one()
    settled = PARTIES * 2 - len(await ledger.open())

    stopped = await desk.do(f"runs/{queued}/cancellation", {}, 200)
    chunks = await ledger.work()

    job = await job_of(ledger, queued)
    assert 0 < settled < PARTIES * 2
    assert (stopped["run_id"], stopped["total"]) == (str(queued), PARTIES)
    assert stopped["result"]["totals"]["EUR"]["items"] == settled
    assert chunks == 0
    assert PARTIES * 2 - len(await ledger.open()) == settled
    assert (job["state"], json.loads(job["result"])) == ("cancelled", stopped["result"])
    assert json.loads(job["error"])["message"] == "Cancelled by e.maes: what was done before stays."
    assert (await ledger.audit()).violations == ()


async def test_it_is_undone_as_a_whole_run_is(ledger: Ledger, desk: Desk, queued: UUID) -> None:
    assert await ledger.worker.advance_one()
    stopped = await desk.do(f"runs/{queued}/cancellation", {}, 200)

    undone = await ledger.undo_run(queued)

    assert json.loads(undone["result"])["matches"] == stopped["result"]["totals"]["EUR"]["matches"]
    assert len(await ledger.open()) == PARTIES * 2


async def test_it_waits_for_the_chunk_that_is_being_done(ledger: Ledger, desk: Desk, queued: UUID) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def held(connection: Connection, job: Job) -> Step:
        step = await advance_settlement(connection, job)
        begun.set()
        await may_end.wait()
        return step

    working = asyncio.create_task(JobWorker(ledger.database, {KIND: held}).advance_one())
    await begun.wait()
    stopping = asyncio.create_task(desk.do(f"runs/{queued}/cancellation", {}, 200))
    finished, _ = await asyncio.wait({stopping}, timeout=0.3)
    may_end.set()
    stopped = await stopping

    assert await working
    assert not finished
    assert stopped["done"] > 0
    assert stopped["result"]["totals"]["EUR"]["items"] == PARTIES * 2 - len(await ledger.open())


async def test_a_run_that_never_began_has_done_nothing(ledger: Ledger, desk: Desk, queued: UUID) -> None:
    stopped = await desk.do(f"runs/{queued}/cancellation", {}, 200)

    assert (stopped["done"], stopped["total"], stopped["result"]) == (0, None, {})
    assert len(await ledger.open()) == PARTIES * 2


async def test_a_run_that_is_over_is_not_stopped(ledger: Ledger, desk: Desk, queued: UUID) -> None:
    await ledger.finish(queued)

    problem = await desk.do(f"runs/{queued}/cancellation", {}, 409)

    assert (problem["code"], problem["detail"]) == ("run-is-over", "The run is done.")
    assert (await job_of(ledger, queued))["state"] == "done"


async def test_a_valuation_goes_to_its_end(ledger: Ledger, desk: Desk) -> None:
    run = await desk.do("revaluation-runs", {"booking": BOOKING | {"journal": "M91"}, "rates": {"USD": "0.9"}}, 202)

    problem = await desk.do(f"runs/{run['job_id']}/cancellation", {}, 409)

    assert problem["code"] == "run-goes-to-its-end"
    assert (await job_of(ledger, UUID(run["job_id"])))["state"] == "queued"


async def test_runs_that_do_not_exist_or_are_others_are_not_found(ledger: Ledger, desk: Desk, queued: UUID) -> None:
    await ledger.rows("UPDATE job SET administration = 'bib-aalst' WHERE job_id = $1", queued)

    assert (await desk.do(f"runs/{uuid4()}/cancellation", {}, 404))["code"] == "unknown-job"
    assert (await desk.do(f"runs/{queued}/cancellation", {}, 404))["code"] == "unknown-run"
