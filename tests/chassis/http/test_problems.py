"""Whatever goes wrong, the answer says what, where and what to do, and nothing of the inside."""

from typing import Any

import httpx
import pytest

from tests.chassis.http.conftest import LIMITS
from tests.chassis.http.small_service import LARGE_BODY_BYTES, SECRET

DESK = "/v1/administrations/lib-nl"
BOOKING = {"kind": "fine", "booked_on": "2024-05-31", "lines": [{"amount": 1250}]}
KEY = {"idempotency-key": "key-1"}


def assert_problem(response: httpx.Response, status: int, code: str) -> Any:
    problem = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:openitems:problem:{code}"
    assert problem["instance"] == response.request.url.path
    assert problem["trace_id"] == response.headers["x-trace-id"]
    assert problem["title"]
    assert problem["detail"]
    assert SECRET not in response.text
    return problem


async def test_a_refusal_names_field_and_remedy(clerk: httpx.AsyncClient) -> None:
    response = await clerk.get(f"{DESK}/refused")

    problem = assert_problem(response, 422, "period-closed")
    assert problem["detail"] == "May 2024 is closed."
    assert problem["remedy"] == "Book in June."
    assert problem["errors"] == [
        {
            "location": "request",
            "pointer": "/lines/0/booked_on",
            "code": "period-closed",
            "detail": "May 2024 is closed.",
            "remedy": "Book in June.",
        }
    ]


async def test_a_contract_violation_is_a_refusal_here(clerk: httpx.AsyncClient) -> None:
    problem = assert_problem(await clerk.get(f"{DESK}/poison"), 422, "contract-violation")

    assert problem["errors"][0]["pointer"] == "/amount"


async def test_a_passing_fault_asks_to_try_again(clerk: httpx.AsyncClient) -> None:
    response = await clerk.get(f"{DESK}/passing")

    assert_problem(response, 503, "try-again")
    assert int(response.headers["retry-after"]) > 0


async def test_a_failure_of_ours_shows_nothing_but_its_trace(clerk: httpx.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    response = await clerk.get(f"{DESK}/broken", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})

    problem = assert_problem(response, 500, "internal-error")
    assert problem["trace_id"] == trace


async def test_what_takes_too_long_is_ended(clerk: httpx.AsyncClient) -> None:
    assert_problem(await clerk.get(f"{DESK}/slow"), 503, "took-too-long")


async def test_unknown_paths_and_methods_are_problems(anonymous: httpx.AsyncClient) -> None:
    assert_problem(await anonymous.get("/v1/nothing"), 404, "unknown-path")

    response = await anonymous.delete(f"{DESK}/items")

    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"lines": [{"amount": 12.5}]}, "/lines/0/amount", "int_type"),
        ({"lines": [{"amount": 12.0}]}, "/lines/0/amount", "int_type"),
        ({"lines": [{"amount": "1250"}]}, "/lines/0/amount", "int_type"),
        ({"lines": [{"amount": True}]}, "/lines/0/amount", "int_type"),
        ({"lines": [{"amount": None}]}, "/lines/0/amount", "int_type"),
        ({"lines": [{}]}, "/lines/0/amount", "missing"),
        ({"lines": []}, "/lines", "too_short"),
        ({"lines": [{"amount": 1, "a/b~c": 2}]}, "/lines/0/a~1b~0c", "extra_forbidden"),
        ({"kind": "gift"}, "/kind", "enum"),
        ({"booked_on": "31-05-2024"}, "/booked_on", "date_parsing"),
    ],
)
async def test_each_invalid_field_is_named(
    clerk: httpx.AsyncClient, change: dict[str, Any], pointer: str, code: str
) -> None:
    response = await clerk.post(f"{DESK}/bookings", json=BOOKING | change, headers=KEY)

    problem = assert_problem(response, 422, "invalid-request")
    assert problem["error_count"] == 1
    (error,) = problem["errors"]
    assert (error["location"], error["pointer"], error["code"]) == ("body", pointer, code)
    assert error["remedy"]


async def test_all_invalid_fields_are_named_at_once(clerk: httpx.AsyncClient) -> None:
    lines = [{"amount": 0} for _ in range(60)]

    response = await clerk.post(f"{DESK}/imports", json=BOOKING | {"lines": lines})

    problem = assert_problem(response, 422, "invalid-request")
    assert problem["error_count"] == 60
    assert len(problem["errors"]) == 50


async def test_fields_outside_of_the_body_are_named_too(clerk: httpx.AsyncClient) -> None:
    without_key = await clerk.post(f"{DESK}/bookings", json=BOOKING)
    with_limit = await clerk.get(f"{DESK}/items", params={"limit": 1001})

    (header,) = assert_problem(without_key, 422, "invalid-request")["errors"]
    assert (header["location"], header["pointer"]) == ("header", "/idempotency-key")
    (query,) = assert_problem(with_limit, 422, "invalid-request")["errors"]
    assert (query["location"], query["pointer"]) == ("query", "/limit")


async def test_what_was_sent_is_not_repeated(clerk: httpx.AsyncClient) -> None:
    response = await clerk.post(f"{DESK}/bookings", json=BOOKING | {"kind": SECRET}, headers=KEY)

    assert_problem(response, 422, "invalid-request")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"kind": "fine", ', 400, "malformed-json"),
        (b'{"kind": "\xc3\x28"}', 400, "malformed-body"),
        (b"[" * 900, 400, "malformed-json"),
        (b"1" * 900, 422, "invalid-request"),
        (b'{"lines": [{"amount": NaN}]}', 422, "invalid-request"),
        (b"[]", 422, "invalid-request"),
        (b'"text"', 422, "invalid-request"),
        (b"null", 422, "invalid-request"),
        (b"", 422, "invalid-request"),
    ],
)
async def test_a_malformed_body_is_refused(clerk: httpx.AsyncClient, body: bytes, status: int, code: str) -> None:
    headers = {**KEY, "content-type": "application/json"}

    response = await clerk.post(f"{DESK}/bookings", content=body, headers=headers)

    assert_problem(response, status, code)


async def test_a_body_that_is_not_said_to_be_json_is_refused(clerk: httpx.AsyncClient) -> None:
    response = await clerk.post(f"{DESK}/bookings", content=b"{}", headers={**KEY, "content-type": "text/plain"})

    problem = assert_problem(response, 422, "invalid-request")
    assert "application/json" in problem["errors"][0]["remedy"]


@pytest.mark.parametrize(("path", "limit"), [("bookings", 1000), ("imports", LARGE_BODY_BYTES)])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_routes_limit_is_refused(
    clerk: httpx.AsyncClient, path: str, limit: int, *, announced: bool
) -> None:
    async def body(size: int) -> Any:
        head = b'{"kind": "fine", "booked_on": "2024-05-31", "lines": [{"amount": 1}], "remark": "'
        content = head + b"x" * (size - len(head) - 2) + b'"}'
        for start in range(0, size, 100):
            yield content[start : start + 100]

    async def send(size: int) -> httpx.Response:
        headers = {"content-type": "application/json", "idempotency-key": f"key-{size}"}
        content: Any = body(size)
        if announced:
            content = b"".join([part async for part in content])
        return await clerk.post(f"{DESK}/{path}", content=content, headers=headers)

    fitting, too_large = await send(limit), await send(limit + 1)

    assert fitting.is_success
    assert_problem(too_large, 413, "body-too-large")


async def test_headers_are_limited(anonymous: httpx.AsyncClient) -> None:
    fitting = await anonymous.get("/livez", headers={"x-large": "x" * (LIMITS.header_bytes - 500)})
    too_large = await anonymous.get("/livez", headers={"x-large": "x" * LIMITS.header_bytes})

    assert fitting.status_code == 200
    assert_problem(too_large, 431, "headers-too-large")


async def test_every_answer_carries_the_headers_of_safety(anonymous: httpx.AsyncClient) -> None:
    for path in ("/livez", f"{DESK}/items", f"{DESK}/broken", f"{DESK}/refused", "/v1/nothing"):
        headers = (await anonymous.get(path)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert len(headers["x-trace-id"]) == 32
        assert "server" not in headers


async def test_the_api_describes_itself(anonymous: httpx.AsyncClient) -> None:
    document = (await anonymous.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert {"Problem", "FieldProblem", "Booked", "Progress"} <= set(document["components"]["schemas"])
    operation = document["paths"]["/v1/administrations/{administration}/bookings"]["post"]
    assert operation["security"] == [{"bearer": []}]
    assert "application/problem+json" in operation["responses"]["4XX"]["content"]
    assert "/livez" not in document["paths"]
