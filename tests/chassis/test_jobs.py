"""Long runs go on where they were, each chunk once, whatever dies in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.database import Connection, Database, open_database
from chassis.errors import Refused
from chassis.faults import Standstill
from chassis.jobs import MAX_ATTEMPTS, Failure, Job, JobWorker, NewJob, Step, add_job, get_job
from tests.databases import FreshDatabase
from tests.support.patience import until

CHUNKS = 5


@pytest.fixture
async def opened(database: FreshDatabase) -> AsyncIterator[Database]:
    pool = await open_database(database.settings("writeoff"))
    yield pool
    await pool.close()


async def queued(database: Database, kind: str = "counting") -> UUID:
    job_id = uuid4()
    async with database.transaction() as connection:
        await add_job(
            connection, NewJob(job_id=job_id, kind=kind, administration="a", employee="e", parameters={"step": 1})
        )
    return job_id


async def counting(connection: Connection, job: Job) -> Step:
    """Each chunk leaves a mark in the same transaction."""
    chunk = (job.cursor or {"chunk": 0})["chunk"] + job.parameters["step"]
    await connection.execute("INSERT INTO outbox (topic, key, body) VALUES ('chunk', $1, '')", f"{job.job_id}:{chunk}")
    cursor = {"chunk": chunk} if chunk < CHUNKS else None
    return Step(cursor, done=chunk, total=CHUNKS, result={"chunks": chunk})


async def found(database: Database, job_id: UUID) -> asyncpg.Record:
    async with database.snapshot() as connection:
        return await get_job(connection, job_id)


async def marks(database: Database) -> list[str]:
    rows = await database.pool.fetch("SELECT key FROM outbox ORDER BY id")
    return [row["key"].rpartition(":")[2] for row in rows]


async def test_a_run_goes_chunk_by_chunk_to_its_result(opened: Database) -> None:
    job_id = await queued(opened)
    worker = JobWorker(opened, {"counting": counting})

    while await worker.advance_one():
        pass

    row = await found(opened, job_id)
    assert (row["state"], row["done"], row["total"]) == ("done", CHUNKS, CHUNKS)
    assert json.loads(row["result"]) == {"chunks": CHUNKS}
    assert await marks(opened) == ["1", "2", "3", "4", "5"]


async def test_a_chunk_that_dies_leaves_nothing_and_is_done_again(opened: Database) -> None:
    job_id = await queued(opened)
    deaths = iter([True, False, True, True])

    async def mortal(connection: Connection, job: Job) -> Step:
        step = await counting(connection, job)
        if next(deaths, False):
            raise ConnectionResetError("the process died here")
        return step

    worker = JobWorker(opened, {"counting": mortal})
    for _ in range(20):
        await opened.pool.execute("UPDATE job SET next_attempt_at = clock_timestamp()")
        await worker.advance_one()

    row = await found(opened, job_id)
    assert row["state"] == "done"
    assert await marks(opened) == ["1", "2", "3", "4", "5"]


async def test_two_workers_never_do_the_same_chunk(opened: Database) -> None:
    for _ in range(4):
        await queued(opened)
    workers = [JobWorker(opened, {"counting": counting}) for _ in range(3)]

    async def work(worker: JobWorker) -> None:
        for _ in range(40):
            await worker.advance_one()

    await asyncio.gather(*(work(worker) for worker in workers))

    assert sorted(await marks(opened)) == sorted(["1", "2", "3", "4", "5"] * 4)


async def test_a_refused_run_ends_with_its_reason(opened: Database) -> None:
    job_id = await queued(opened)

    async def refusing(_connection: Connection, _job: Job) -> Step:
        raise Refused("closed-period", "Period 2026/9 is closed.", field="date")

    await JobWorker(opened, {"counting": refusing}).advance_one()

    row = await found(opened, job_id)
    assert row["state"] == "failed"
    assert json.loads(row["error"])["code"] == "closed-period"


async def test_what_says_that_a_run_is_on_its_way_is_told_that_it_failed_or_the_run_goes_on(opened: Database) -> None:
    job_id = await queued(opened)
    told: list[str] = []

    async def refusing(_connection: Connection, _job: Job) -> Step:
        raise Refused("closed-period", "Period 2026/9 is closed.")

    async def tell(_connection: Connection, job: Job, failure: Failure) -> None:
        told.append(f"{job.kind}: {failure['code']}")
        if len(told) == 1:
            raise ConnectionResetError("the process is gone")

    worker = JobWorker(opened, {"counting": refusing}, {"counting": tell})
    with pytest.raises(ConnectionResetError):
        await worker.advance_one()
    between = (await found(opened, job_id))["state"]

    await worker.advance_one()

    assert (between, (await found(opened, job_id))["state"]) == ("queued", "failed")
    assert told == ["counting: closed-period", "counting: closed-period"]


async def test_the_same_run_queued_twice_is_one(opened: Database) -> None:
    job = NewJob(job_id=uuid4(), kind="counting", administration="a", employee="e", parameters={"step": 1})

    for _ in range(2):
        async with opened.transaction() as connection:
            await add_job(connection, job)

    assert len(await opened.pool.fetch("SELECT 1 FROM job")) == 1


async def test_a_run_that_meets_a_fault_of_ours_is_told_tried_eight_times_and_ends(opened: Database) -> None:
    job_id, standstill = await queued(opened), Standstill()

    async def broken(_connection: Connection, job: Job) -> Step:
        raise KeyError(job.parameters["step"])

    worker = JobWorker(opened, {"counting": broken}, standstill=standstill)
    told = []
    for _ in range(MAX_ATTEMPTS):
        await opened.pool.execute("UPDATE job SET next_attempt_at = clock_timestamp()")
        assert await worker.advance_one()
        told.append(standstill.told())

    row = await found(opened, job_id)
    assert row["state"] == "failed"
    assert json.loads(row["error"]) == {"code": "chunk-failed", "message": "KeyError: 1"}
    assert told == ["run (1): KeyError in counting"] * (MAX_ATTEMPTS - 1) + [None]


async def test_a_worker_that_can_take_no_run_lives_and_goes_on(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, standstill = await queued(opened), Standstill()
    take, tried = JobWorker._take, 0

    async def broken_once(self: JobWorker, connection: Connection) -> Job | None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise TypeError("a fault of ours before any run")
        return await take(self, connection)

    monkeypatch.setattr(JobWorker, "_take", broken_once)
    running = asyncio.create_task(JobWorker(opened, {"counting": counting}, standstill=standstill).run())
    await until(lambda: tried > CHUNKS + 1, "all chunks are done")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert (await found(opened, job_id))["state"] == "done"
    assert standstill.told() is None


async def test_a_chunk_that_keeps_failing_is_tried_less_and_less_often(opened: Database) -> None:
    job_id = await queued(opened)

    async def failing(_connection: Connection, _job: Job) -> Step:
        raise ConnectionError

    worker = JobWorker(opened, {"counting": failing})

    pauses = []
    for _ in range(11):
        await opened.pool.execute("UPDATE job SET next_attempt_at = clock_timestamp()")
        await worker.advance_one()
        pauses.append(
            await opened.pool.fetchval(
                "SELECT extract(epoch FROM next_attempt_at - updated_at)::float8 FROM job WHERE job_id = $1", job_id
            )
        )

    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60], abs=0.05)


async def test_a_chunk_that_is_too_slow_each_time_ends_its_run_and_is_told(opened: Database) -> None:
    async def slow(connection: Connection, _job: Job) -> Step:
        await connection.execute("SET LOCAL statement_timeout = 10")
        await connection.execute("SELECT pg_sleep(5)")
        raise AssertionError("the statement is cancelled")

    job_id = await queued(opened, "slow")
    worker = JobWorker(opened, {"slow": slow})
    states = []

    for _ in range(MAX_ATTEMPTS):
        await opened.pool.execute("UPDATE job SET next_attempt_at = clock_timestamp()")
        await worker.advance_one()
        states.append((await found(opened, job_id))["state"])
    error = json.loads((await found(opened, job_id))["error"])

    assert states == ["queued"] * (MAX_ATTEMPTS - 1) + ["failed"]
    assert "QueryCanceledError" in error["message"]
