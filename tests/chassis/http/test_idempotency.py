"""A command has one effect and one answer per Idempotency-Key, whatever happens to it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from chassis.database import Database
from chassis.errors import Conflict, Retry
from chassis.http import drop_expired_keys
from chassis.http.idempotency import EXPIRY_CHUNK_ROWS, RETENTION
from deploy.embedded.postgres.server import Postgres
from tests.chassis.http.small_service import SmallService
from tests.chassis.http.test_problems import BOOKING, DESK, KEY, assert_problem
from tests.chassis.issuer import Issuer

END_TRANSACTIONS = """
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE usename = 'openitems_matching' AND xact_start IS NOT NULL
"""


async def book(client: httpx.AsyncClient, headers: dict[str, str] | None = None, **change: Any) -> httpx.Response:
    return await client.post(f"{DESK}/bookings", json=BOOKING | change, headers=headers or KEY)


async def bookings(owner: Database) -> int:
    return int(await owner.pool.fetchval("SELECT count(*) FROM job"))


async def keys(owner: Database) -> int:
    return int(await owner.pool.fetchval("SELECT count(*) FROM idempotency"))


async def test_a_repeated_command_gets_the_same_answer(clerk: httpx.AsyncClient, owner: Database) -> None:
    first = await book(clerk)
    again = await book(clerk)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json()["amount"] == 1250
    assert first.headers["location"] == again.headers["location"]
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert await bookings(owner) == 1


async def test_eight_at_the_same_time_have_one_effect(
    clerk: httpx.AsyncClient, service: SmallService, owner: Database
) -> None:
    service.may_end.clear()
    sent = [asyncio.create_task(book(clerk)) for _ in range(8)]
    await service.running.wait()
    await asyncio.sleep(0.1)
    service.may_end.set()

    responses = await asyncio.gather(*sent)

    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert sum("idempotent-replay" in response.headers for response in responses) == 7
    assert await bookings(owner) == 1


async def test_another_request_under_the_same_key_is_refused(clerk: httpx.AsyncClient, owner: Database) -> None:
    await book(clerk)

    assert_problem(await book(clerk, remark="other"), 422, "idempotency-key-reused")
    other_path = await clerk.post(f"{DESK}/bookings?dry=1", json=BOOKING, headers=KEY)
    assert_problem(other_path, 422, "idempotency-key-reused")
    assert await bookings(owner) == 1


async def test_each_employee_has_keys_of_their_own(clerk: httpx.AsyncClient, issuer: Issuer, owner: Database) -> None:
    await book(clerk)

    response = await book(clerk, headers={**KEY, **issuer.bearer(sub="a.jansen")})

    assert response.status_code == 201
    assert "idempotent-replay" not in response.headers
    assert await bookings(owner) == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict("changed", "Something changed in between."), 409),
        (Retry("the database is away"), 503),
        (RuntimeError("a fault of ours"), 500),
    ],
)
async def test_a_command_that_fails_leaves_nothing_and_can_be_repeated(
    clerk: httpx.AsyncClient, service: SmallService, owner: Database, error: Exception, status: int
) -> None:
    service.errors = [error]
    assert (await book(clerk)).status_code == status
    assert (await bookings(owner), await keys(owner)) == (0, 0)

    response = await book(clerk)

    assert response.status_code == 201
    assert "idempotent-replay" not in response.headers
    assert (await bookings(owner), await keys(owner)) == (1, 1)


async def test_when_the_first_fails_a_waiting_duplicate_is_carried_out(
    clerk: httpx.AsyncClient, service: SmallService, owner: Database
) -> None:
    service.may_end.clear()
    service.errors = [Conflict("changed", "Something changed in between.")]
    sent = [asyncio.create_task(book(clerk)) for _ in range(2)]
    await service.running.wait()
    await asyncio.sleep(0.1)
    service.may_end.set()

    responses = await asyncio.gather(*sent)

    assert sorted(response.status_code for response in responses) == [201, 409]
    assert (await bookings(owner), await keys(owner)) == (1, 1)


async def test_a_command_whose_answer_takes_too_long_leaves_nothing(
    clerk: httpx.AsyncClient, service: SmallService, owner: Database
) -> None:
    service.may_end.clear()
    assert_problem(await book(clerk), 503, "took-too-long")
    assert (await bookings(owner), await keys(owner)) == (0, 0)

    service.may_end.set()

    assert (await book(clerk)).status_code == 201


async def test_a_command_that_lost_its_connection_leaves_nothing(
    clerk: httpx.AsyncClient, service: SmallService, owner: Database, postgres: Postgres
) -> None:
    service.may_end.clear()
    sent = asyncio.create_task(book(clerk))
    await service.running.wait()
    administrator = await asyncpg.connect(postgres.url())
    ended = await administrator.fetch(END_TRANSACTIONS)
    await administrator.close()
    service.may_end.set()

    assert len(ended) == 1
    assert_problem(await sent, 503, "try-again")
    assert (await bookings(owner), await keys(owner)) == (0, 0)
    assert (await book(clerk)).status_code == 201


@pytest.mark.parametrize(("key", "accepted"), [("k", True), ("k" * 128, True), ("k" * 129, False), ("a b", False)])
async def test_a_key_has_bounds(clerk: httpx.AsyncClient, key: str, *, accepted: bool) -> None:
    response = await book(clerk, headers={"idempotency-key": key})

    assert response.is_success == accepted


async def test_keys_are_forgotten_after_a_week(service_database: Database, owner: Database) -> None:
    now = datetime.now(UTC)
    await owner.pool.executemany(
        "INSERT INTO idempotency (employee, route, key, request_digest, claimed_at) VALUES ('e', 'r', $1, $2, $3)",
        [
            (f"old-{number}", b"d" * 32, now - RETENTION - timedelta(seconds=1))
            for number in range(EXPIRY_CHUNK_ROWS + 1)
        ]
        + [("young", b"d" * 32, now - RETENTION)],
    )

    assert await drop_expired_keys(service_database, now) == EXPIRY_CHUNK_ROWS + 1

    assert await owner.pool.fetchval("SELECT string_agg(key, ',') FROM idempotency") == "young"
    assert await drop_expired_keys(service_database, now) == 0
