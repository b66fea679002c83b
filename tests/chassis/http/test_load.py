"""What many, slow or greedy clients do to the others: nothing."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from chassis.errors import TooOften
from chassis.http.rates import MOST_BUCKETS, RequestRate
from tests.chassis.http.conftest import LIMITS
from tests.chassis.http.small_service import SmallService
from tests.chassis.http.test_problems import BOOKING, DESK, KEY, assert_problem
from tests.chassis.issuer import Issuer


async def connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(url)
    return await asyncio.open_connection(address.hostname, address.port)


async def test_a_connection_on_which_nothing_is_asked_is_closed(url: str) -> None:
    reader, writer = await connected(url)

    async with asyncio.timeout(LIMITS.head_seconds * 20):
        assert await reader.read() == b""

    writer.close()


async def test_headers_that_never_end_are_cut_off(url: str) -> None:
    reader, writer = await connected(url)
    writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\n")

    async def trickle() -> None:
        while True:
            writer.write(b"x-more: 1\r\n")
            await asyncio.sleep(LIMITS.head_seconds / 10)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(LIMITS.head_seconds * 20):
        assert await reader.read() == b""

    trickling.cancel()
    writer.close()


async def test_a_connection_that_is_kept_is_timed_anew_for_each_request(url: str) -> None:
    reader, writer = await connected(url)
    request = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"

    for _ in range(3):
        writer.write(request)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(LIMITS.head_seconds * 0.7)
    writer.write(request[:-2])
    async with asyncio.timeout(LIMITS.head_seconds * 20):
        await reader.read()

    writer.close()


async def test_more_than_can_be_answered_at_once_is_refused_and_health_is_not(
    clerk: httpx.AsyncClient, anonymous: httpx.AsyncClient, service: SmallService
) -> None:
    service.may_end.clear()
    held = [
        asyncio.create_task(clerk.post(f"{DESK}/bookings", json=BOOKING, headers=KEY | {"idempotency-key": f"key-{n}"}))
        for n in range(LIMITS.concurrent_requests)
    ]
    refused = await anonymous.get("/livez")
    while refused.status_code == 200 or refused.json()["code"] != "too-busy":
        refused = await clerk.get(f"{DESK}/items")

    healthy = await anonymous.get("/livez")
    service.may_end.set()
    await asyncio.gather(*held)

    assert_problem(refused, 503, "too-busy")
    assert refused.headers["retry-after"] == "2"
    assert healthy.status_code == 200


async def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    anonymous: httpx.AsyncClient, issuer: Issuer
) -> None:
    greedy, other = issuer.bearer(jti="greedy"), issuer.bearer(jti="other")
    for _ in range(LIMITS.requests_at_once):
        await anonymous.get(f"{DESK}/items", headers=greedy)

    refused = await anonymous.get(f"{DESK}/items", headers=greedy)
    posted = await anonymous.post(f"{DESK}/bookings", json=BOOKING, headers=KEY | greedy)

    assert_problem(refused, 429, "too-many-requests")
    assert_problem(posted, 429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 1 / LIMITS.requests_per_second
    assert (await anonymous.get(f"{DESK}/items", headers=other)).status_code == 200


def test_a_bucket_fills_at_its_rate_and_never_over_its_brim() -> None:
    clock = [0.0]
    rate = RequestRate(per_second=2, burst=3, now=lambda: clock[0])
    for _ in range(3):
        rate.take("token")
    with pytest.raises(TooOften) as caught:
        rate.take("token")
    assert caught.value.retry_after_seconds == 1

    clock[0] += 0.5
    rate.take("token")
    with pytest.raises(TooOften):
        rate.take("token")

    clock[0] += 1_000
    for _ in range(3):
        rate.take("token")
    with pytest.raises(TooOften):
        rate.take("token")


def test_so_many_tokens_are_remembered_and_no_more() -> None:
    rate = RequestRate(per_second=1, burst=1, now=lambda: 0.0)

    for number in range(MOST_BUCKETS + 10):
        rate.take(f"token-{number}")

    assert len(rate._buckets) == MOST_BUCKETS
