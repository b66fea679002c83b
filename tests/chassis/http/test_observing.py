"""Requests are logged without personal data, and nobody holds a request up for ever."""

import asyncio
from urllib.parse import urlsplit

import httpx
from structlog.testing import capture_logs

from tests.chassis.http.conftest import LIMITS
from tests.chassis.http.small_service import SmallService
from tests.chassis.http.test_problems import BOOKING, DESK, KEY, assert_problem
from tests.chassis.issuer import Issuer


async def test_a_request_is_logged_by_its_template(clerk: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await clerk.post(f"{DESK}/bookings?reader=p.bakker", json=BOOKING, headers=KEY)

    (line,) = (line for line in logs if line["event"] == "http-request")
    assert line["route"] == "/v1/administrations/{administration}/bookings"
    assert (line["method"], line["status"], line["log_level"]) == ("POST", 201, "info")
    assert line["milliseconds"] > 0
    assert line["token_id"]
    for personal in ("p.bakker", "key-1"):
        assert personal not in str(logs)


async def test_a_request_says_who_asked_from_where_in_which_administration_and_what_came_of_it(
    clerk: httpx.AsyncClient,
) -> None:
    with capture_logs() as logs:
        await clerk.post(f"{DESK}/bookings", json=BOOKING, headers=KEY)

    (line,) = (line for line in logs if line["event"] == "http-request")
    assert (line["employee"], line["administration"]) == ("j.devries", "lib-nl")
    assert (line["client"], line["outcome"]) == ("127.0.0.1", "done")


async def test_a_refusal_says_as_much_as_is_known(
    clerk: httpx.AsyncClient, anonymous: httpx.AsyncClient, issuer: Issuer
) -> None:
    forged = issuer.bearer(sub="p.bakker")["authorization"] + "x"

    with capture_logs() as logs:
        await anonymous.post(f"{DESK}/bookings", json=BOOKING, headers=KEY)
        await anonymous.post(f"{DESK}/bookings", json=BOOKING, headers=KEY | {"authorization": forged})
        await clerk.post("/v1/administrations/lib-dk/bookings", json=BOOKING, headers=KEY)
        await clerk.post("/v1/administrations/p.bakker%20(Kerkstraat)/bookings", json=BOOKING, headers=KEY)
        await clerk.post(f"{DESK}/bookings", json={}, headers=KEY)
        await clerk.get("/v1/nowhere")

    lines = [line for line in logs if line["event"] == "http-request"]
    assert [
        (line["status"], line["outcome"], line["employee"], line["administration"], bool(line["token_id"]))
        for line in lines
    ] == [
        (401, "token-missing", None, "lib-nl", False),
        (401, "token-invalid", None, "lib-nl", False),
        (403, "administration-not-granted", "j.devries", "lib-dk", True),
        (403, "administration-not-granted", "j.devries", None, True),
        (422, "invalid-request", "j.devries", "lib-nl", True),
        (404, "unknown-path", None, None, False),
    ]
    assert {line["client"] for line in lines} == {"127.0.0.1"}
    for hidden in ("p.bakker", "Kerkstraat", forged.removeprefix("Bearer ")):
        assert hidden not in str(logs)


async def test_the_requests_of_one_token_are_told_from_those_of_another_and_of_none(
    clerk: httpx.AsyncClient, anonymous: httpx.AsyncClient, issuer: Issuer
) -> None:
    other = issuer.bearer(sub="j.devries", jti="another-token")

    with capture_logs() as logs:
        await clerk.get("/v1/progress")
        await clerk.get("/v1/progress")
        await anonymous.get("/v1/progress", headers=other)
        await anonymous.get("/v1/progress")

    first, again, another, nobody = (line["token_id"] for line in logs if line["event"] == "http-request")
    assert first == again
    assert another == "another-token"
    assert nobody is None


async def test_a_failure_is_logged_with_its_cause(clerk: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await clerk.get(f"{DESK}/broken")

    (failure,) = (line for line in logs if line["event"] == "request-failed")
    assert failure["log_level"] == "error"
    assert failure["exc_info"]


async def test_the_probes_of_the_orchestrator_do_not_fill_the_log(anonymous: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await anonymous.get("/livez")
        await anonymous.get("/readyz")

    assert {line["log_level"] for line in logs} <= {"debug"}


async def test_a_body_that_never_comes_is_not_waited_for(url: str) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        f"POST {DESK}/imports HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        "Content-Length: 100\r\n\r\n{".encode()
    )

    async with asyncio.timeout(LIMITS.answer_seconds + 5):
        answer = await reader.readuntil(b"\r\n")

    assert b" 503 " in answer
    writer.close()


async def test_a_client_that_does_not_read_is_cut_off(url: str, service: SmallService, issuer: Issuer) -> None:
    service.exported_rows = 10_000_000
    address = urlsplit(url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)

    token = issuer.bearer()["authorization"]
    writer.write(f"GET {DESK}/items.csv HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: {token}\r\n\r\n".encode())

    async with asyncio.timeout(LIMITS.send_seconds + 10):
        await service.export_closed.wait()
    writer.close()


async def test_what_is_no_http_is_answered_as_such(url: str) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)

    writer.write(b"\x16\x03\x01 this is no request\r\n\r\n")

    assert b" 400 " in await reader.readuntil(b"\r\n")
    writer.close()


async def test_an_unknown_method_is_refused_and_counted_as_other(anonymous: httpx.AsyncClient) -> None:
    assert_problem(await anonymous.request("BREW", "/livez"), 405, "method-not-allowed")

    assert 'method="BREW"' not in (await anonymous.get("/metrics")).text
