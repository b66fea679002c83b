"""Operators see how far a service is and what it put aside, and can have it tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.consuming.handling import Record
from chassis.database import Database
from chassis.errors import Poison
from chassis.http.paging import MAX_LIMIT
from tests.chassis.http.conftest import Consumer
from tests.chassis.http.test_problems import KEY, assert_problem
from tests.chassis.issuer import Issuer

ADD_DEAD_LETTERS = """
INSERT INTO dead_letter (digest, topic, partition, record_offset, key, body, headers, code, message)
SELECT
    decode(lpad(to_hex(n), 32, '0'), 'hex'), 'item-posted', 1, n, 'lib-nl:p-1', '{"amount": 12.5}', '[]',
    'not-valid', 'no integer'
FROM generate_series(1, $1::integer) AS n
"""
ADD_WAITING = """
INSERT INTO waiting_event (digest, topic, key, administration, refers_to, body, headers, received_at)
VALUES (sha256($1::text::bytea), 'items-matched', $1 || ':p-1', $1, 'item i-1', '{}', '[]', $2)
"""
ADD_JOBS = """
INSERT INTO job (job_id, kind, administration, parameters, employee, state, done, total, result)
SELECT
    ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'settle', $1, '{"method": "fifo"}', 'j.devries',
    'done', 5, 5, '{"settled": 5}'
FROM generate_series(1, $2::integer) AS n
"""


async def read_all(client: httpx.AsyncClient, path: str, **parameters: Any) -> list[Any]:
    items: list[Any] = []
    cursor = None
    while True:
        response = await client.get(path, params=parameters | ({"cursor": cursor} if cursor else {}))
        assert response.status_code == 200, response.text
        items += response.json()["items"]
        cursor = response.json()["next"]
        if cursor is None:
            return items


async def test_progress_tells_what_is_left(clerk: httpx.AsyncClient, consumer: Consumer, owner: Database) -> None:
    assert (await clerk.get("/v1/progress")).json() == {
        "service": "matching",
        "lag": {},
        "lag_total": 0,
        "unpublished": 0,
        "waiting": 0,
        "overdue": 0,
        "dead_letters": 0,
        "applied": {},
        "drained": True,
    }

    consumer.lag = {"item-posted-0": 2, "item-posted-1": 3}
    now = datetime.now(UTC)
    await owner.pool.execute(ADD_DEAD_LETTERS, 4)
    await owner.pool.execute(ADD_WAITING, "lib-nl", now)
    await owner.pool.execute(ADD_WAITING, "lib-be", now - timedelta(hours=2))
    await owner.pool.execute("INSERT INTO outbox (topic, key, body) VALUES ('items-matched', 'lib-nl:p-1', '{}')")

    progress = (await clerk.get("/v1/progress")).json()

    assert progress["lag_total"] == 5
    assert progress["unpublished"] == 1
    assert (progress["waiting"], progress["overdue"]) == (2, 1)
    assert progress["dead_letters"] == 4
    assert progress["drained"] is False


async def test_what_another_process_of_the_service_has_not_taken_is_left_too(
    clerk: httpx.AsyncClient, consumer: Consumer
) -> None:
    consumer.lag_of_others = {"item-posted-2": 4}

    progress = (await clerk.get("/v1/progress")).json()

    assert progress["lag"] == {"item-posted-2": 4}
    assert progress["drained"] is False
    assert 'partition="2"' not in (await clerk.get("/metrics")).text


async def test_what_waits_or_is_dead_does_not_keep_a_service_from_being_drained(
    clerk: httpx.AsyncClient, owner: Database
) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, 1)
    await owner.pool.execute(ADD_WAITING, "lib-nl", datetime.now(UTC))

    assert (await clerk.get("/v1/progress")).json()["drained"] is True


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_dead_letters_are_listed(operator: httpx.AsyncClient, owner: Database, limit: int) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, 4)

    letters = await read_all(operator, "/v1/dead-letters", limit=limit)

    assert [letter["id"] for letter in letters] == [1, 2, 3, 4]
    assert letters[0]["code"] == "not-valid"
    assert letters[0]["body"] == '{"amount": 12.5}'
    assert await read_all(operator, "/v1/dead-letters", topic="party-updated") == []


@pytest.mark.parametrize(("characters", "shown"), [(2_000, 2_000), (2_001, 2_000), (900_000, 2_000)])
async def test_of_a_long_dead_letter_the_beginning_is_listed(
    operator: httpx.AsyncClient, owner: Database, characters: int, shown: int
) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, 1)
    await owner.pool.execute("UPDATE dead_letter SET body = convert_to(repeat('x', $1), 'UTF8')", characters)

    (letter,) = await read_all(operator, "/v1/dead-letters")

    assert letter["body"] == "x" * shown


async def test_a_full_page_is_not_the_silent_end_of_the_list(operator: httpx.AsyncClient, owner: Database) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, MAX_LIMIT + 1)
    await owner.pool.execute(ADD_JOBS, "lib-nl", MAX_LIMIT + 1)

    letters = await read_all(operator, "/v1/dead-letters", limit=MAX_LIMIT)
    jobs = await read_all(operator, "/v1/jobs", limit=MAX_LIMIT, administration="lib-nl")

    assert (len(letters), len(jobs)) == (MAX_LIMIT + 1, MAX_LIMIT + 1)


async def test_a_mended_dead_letter_is_applied(
    operator: httpx.AsyncClient, consumer: Consumer, owner: Database
) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, 2)

    response = await operator.post("/v1/dead-letters/2/retry", headers=KEY)
    again = await operator.post("/v1/dead-letters/2/retry", headers=KEY)

    assert response.json() == {"id": 2, "applied": True, "code": None, "message": None, "remedy": None}
    assert again.content == response.content
    assert consumer.retried == [Record("item-posted", 1, 2, b"lib-nl:p-1", b'{"amount": 12.5}', [])]
    assert [letter["id"] for letter in await read_all(operator, "/v1/dead-letters")] == [1]
    resolved = await read_all(operator, "/v1/dead-letters", resolved=True)
    assert [letter["resolved_at"] is not None for letter in resolved] == [False, True]


async def test_a_letter_that_is_still_dead_says_why(
    operator: httpx.AsyncClient, consumer: Consumer, owner: Database
) -> None:
    await owner.pool.execute(ADD_DEAD_LETTERS, 1)
    consumer.poison = Poison("unknown-currency", "XXZ is no currency.", remedy="Mend the sender.")

    response = await operator.post("/v1/dead-letters/1/retry", headers=KEY)

    assert response.json()["applied"] is False
    assert response.json()["code"] == "unknown-currency"
    (letter,) = await read_all(operator, "/v1/dead-letters")
    assert letter["code"] == "unknown-currency"
    assert letter["retried_at"] is not None
    assert letter["resolved_at"] is None


@pytest.mark.parametrize("letter", ["1", "9223372036854775807"])
async def test_an_unknown_dead_letter_is_not_found(operator: httpx.AsyncClient, letter: str) -> None:
    response = await operator.post(f"/v1/dead-letters/{letter}/retry", headers=KEY)

    assert_problem(response, 404, "unknown-dead-letter")


@pytest.mark.parametrize("letter", ["0", "9223372036854775808", "x"])
async def test_what_can_be_no_dead_letter_is_refused(operator: httpx.AsyncClient, letter: str) -> None:
    assert_problem(await operator.post(f"/v1/dead-letters/{letter}/retry", headers=KEY), 422, "invalid-request")


@pytest.mark.parametrize(
    ("claims", "listed", "retried"),
    [
        ({"roles": ["clerk", "approver"]}, 403, 403),
        ({"roles": ["operator"]}, 200, 404),
        ({"roles": ["auditor"], "administrations": ["*"]}, 200, 403),
        ({"roles": ["operator"], "administrations": ["*"]}, 200, 404),
    ],
)
async def test_dead_letters_are_for_those_who_watch_over_what_is_theirs(
    anonymous: httpx.AsyncClient, issuer: Issuer, claims: dict[str, Any], listed: int, retried: int
) -> None:
    headers = issuer.bearer(**claims)

    assert (await anonymous.get("/v1/dead-letters", headers=headers)).status_code == listed
    response = await anonymous.post("/v1/dead-letters/1/retry", headers=headers | KEY)
    assert response.status_code == retried


async def test_everybody_sees_what_waits_in_their_administrations(
    clerk: httpx.AsyncClient, operator: httpx.AsyncClient, owner: Database
) -> None:
    for administration in ("lib-nl", "lib-be", "lib-dk"):
        await owner.pool.execute(ADD_WAITING, administration, datetime.now(UTC))

    (mine,) = await read_all(clerk, "/v1/waiting")
    everything = await read_all(operator, "/v1/waiting", limit=1)

    assert (mine["administration"], mine["refers_to"], mine["overdue"]) == ("lib-nl", "item i-1", False)
    assert {event["administration"] for event in everything} == {"lib-nl", "lib-be", "lib-dk"}


async def test_jobs_are_listed_newest_first(clerk: httpx.AsyncClient, owner: Database) -> None:
    await owner.pool.execute(ADD_JOBS, "lib-nl", 5)

    jobs = await read_all(clerk, "/v1/jobs", administration="lib-nl", limit=2)
    job = (await clerk.get(f"/v1/jobs/{UUID(int=3)}")).json()

    assert [job["job_id"][-1] for job in jobs] == ["5", "4", "3", "2", "1"]
    assert job == jobs[2]
    assert (job["kind"], job["state"], job["done"], job["total"]) == ("settle", "done", 5, 5)
    assert job["parameters"] == {"method": "fifo"}
    assert job["result"] == {"settled": 5}
    assert job["error"] is None


async def test_jobs_of_other_administrations_are_hidden(clerk: httpx.AsyncClient, owner: Database) -> None:
    await owner.pool.execute(ADD_JOBS, "lib-be", 1)

    assert_problem(await clerk.get("/v1/jobs", params={"administration": "lib-be"}), 403, "administration-not-granted")
    assert_problem(await clerk.get(f"/v1/jobs/{UUID(int=1)}"), 403, "administration-not-granted")
    assert_problem(await clerk.get(f"/v1/jobs/{UUID(int=2)}"), 404, "unknown-job")
    assert_problem(await clerk.get("/v1/jobs/x"), 422, "invalid-request")
    assert_problem(await clerk.get("/v1/jobs"), 422, "invalid-request")
