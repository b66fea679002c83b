"""CloudEvents by HTTP: in headers, as one document, or several in a batch, as any SDK sends them."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from httpx import Response

from chassis.identity import Role
from services.matching.api.foreign_events import MAX_EVENTS
from services.matching.api.ingest import MAX_BODY_BYTES
from tests.services.matching.books import Ledger
from tests.services.matching.library import posted
from tests.support.desk import Desk

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
TYPE = "openitems.item-posted.v1"
DATA: dict[str, Any] = posted("I9").model_dump(mode="json", exclude_unset=True)
ATTRIBUTES: dict[str, Any] = {"specversion": "1.0", "type": TYPE, "id": "e-9", "source": "library/7"}
HEADERS = {f"ce-{name}": value for name, value in ATTRIBUTES.items()}
OUTBOX = "SELECT topic, key, event_id, source, convert_from(body, 'UTF8')::json ->> 'item_id' AS item_id FROM outbox"


def document(**changes: Any) -> dict[str, Any]:
    return ATTRIBUTES | {"data": DATA} | changes


async def post(desk: Desk, body: bytes | Any, headers: dict[str, str]) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await desk.client.post("/v1/events", content=content, headers=desk.headers() | headers)


async def told(ledger: Ledger) -> list[dict[str, Any]]:
    return [dict(row) for row in await ledger.database.pool.fetch(OUTBOX)]


NINE = {
    "topic": "item-posted",
    "key": "bib-gent:P1",
    "event_id": "e-9",
    "source": "library/7",
    "item_id": "I9",
}
PLAIN = {"content-type": "application/json"}
TAKEN: dict[str, tuple[bytes | Any, dict[str, str]]] = {
    "in headers": (DATA, HEADERS | PLAIN),
    "in headers of any case": (DATA, {name.upper(): value for name, value in (HEADERS | PLAIN).items()}),
    "in headers, encoded": (DATA, HEADERS | PLAIN | {"ce-source": "library%2F7"}),
    "in headers, quoted": (DATA, HEADERS | PLAIN | {"ce-source": '"library/7"'}),
    "in headers, with a charset": (DATA, HEADERS | {"content-type": "application/json; charset=utf-8"}),
    "in headers, without a content type": (DATA, HEADERS),
    "in headers, with a byte order mark": (b"\xef\xbb\xbf" + json.dumps(DATA).encode(), HEADERS | PLAIN),
    "in headers, with a time": (DATA, HEADERS | PLAIN | {"ce-time": "2026-11-20T08:00:00.123456789Z"}),
    "as a document": (document(), {"content-type": STRUCTURED}),
    "as a document, with a charset": (document(), {"content-type": f"{STRUCTURED}; charset=UTF-8"}),
    "as a document in any case": (document(), {"Content-Type": STRUCTURED.upper()}),
    "as a document with extensions": (document(sequence=7, subject=None), {"content-type": STRUCTURED}),
    "as a document with a byte order mark": (
        b"\xef\xbb\xbf" + json.dumps(document()).encode(),
        {"content-type": STRUCTURED},
    ),
    "as a document in base64": (
        ATTRIBUTES | {"data_base64": b64encode(json.dumps(DATA).encode()).decode()},
        {"content-type": STRUCTURED},
    ),
    "in a batch": ([document()], {"content-type": BATCHED}),
}


@pytest.mark.parametrize(("body", "headers"), TAKEN.values(), ids=TAKEN.keys())
async def test_an_event_is_taken_in_every_mode(
    ledger: Ledger, desk: Desk, body: bytes | Any, headers: dict[str, str]
) -> None:
    answer = await post(desk, body, headers)

    assert answer.status_code == 202, answer
    assert answer.json() == {"accepted": 1, "refused": [], "superseded": [], "duplicates": []}
    assert await told(ledger) == [NINE]


@pytest.mark.parametrize("to_message", [to_binary_event, to_structured_event])
async def test_the_sdk_of_python_is_understood(ledger: Ledger, desk: Desk, to_message: Any) -> None:
    message = to_message(CloudEvent(ATTRIBUTES | {"datacontenttype": "application/json"}, DATA), JSONFormat())

    answer = await post(desk, message.body, message.headers)

    assert answer.status_code == 202, answer
    assert await told(ledger) == [NINE]


async def test_the_time_that_a_sender_gives_goes_with_the_event(ledger: Ledger, desk: Desk) -> None:
    await post(desk, document(time="2026-11-20T08:00:00Z"), {"content-type": STRUCTURED})

    headers = await ledger.database.pool.fetchval("SELECT headers::text FROM outbox")

    assert b64encode(b"2026-11-20T08:00:00Z").decode() in headers


async def test_sent_again_it_is_a_duplicate_and_needs_no_key(desk: Desk) -> None:
    first = await post(desk, DATA, HEADERS)
    again = await post(desk, DATA, HEADERS)

    assert (first.json()["duplicates"], again.json()["duplicates"]) == ([], [0])


async def test_with_a_key_the_answer_is_the_same_again(desk: Desk) -> None:
    first = await post(desk, DATA, HEADERS | {"idempotency-key": "k"})
    again = await post(desk, DATA, HEADERS | {"idempotency-key": "k"})

    assert (first.content, again.headers["idempotent-replay"]) == (again.content, "true")


async def test_events_without_ids_need_a_key(desk: Desk) -> None:
    answer = await post(desk, {"events": [{"topic": "item-posted", "data": DATA}]}, PLAIN)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/idempotency-key"


class Wrong(NamedTuple):
    """What is sent, and the status and code of its refusal."""

    body: Any
    headers: dict[str, str]
    status: int
    code: str


REFUSED = {
    "a type that nobody knows": Wrong(document(type="com.example"), {"content-type": STRUCTURED}, 422, "unknown-type"),
    "a type that only we publish": Wrong(
        document(type="openitems.items-matched.v1"),
        {"content-type": STRUCTURED},
        422,
        "unknown-type",
    ),
    "no type": Wrong({**document(), "type": None}, {"content-type": STRUCTURED}, 422, "bad-envelope"),
    "a future specification": Wrong(DATA, HEADERS | {"ce-specversion": "2.0"}, 422, "bad-envelope"),
    "no id": Wrong(DATA, {n: v for n, v in HEADERS.items() if n != "ce-id"}, 422, "bad-envelope"),
    "an id of bytes that are no text": Wrong(DATA, HEADERS | {"ce-id": "%C0%A0"}, 422, "bad-envelope"),
    "NUL in an id": Wrong(DATA, HEADERS | {"ce-id": "a%00"}, 422, "bad-envelope"),
    "a time that is none": Wrong(DATA, HEADERS | {"ce-time": "today"}, 422, "bad-envelope"),
    "a broken contract": Wrong(DATA | {"amount": 0}, HEADERS, 422, "contract-violation"),
    "data that is no JSON": Wrong(b"<xml/>", HEADERS, 422, "not-json"),
    "a document that is no JSON": Wrong(b"{", {"content-type": STRUCTURED}, 422, "not-json"),
    "Avro": Wrong(b"", {"content-type": "application/cloudevents+avro"}, 422, "bad-envelope"),
    "an empty batch": Wrong([], {"content-type": BATCHED}, 422, "bad-envelope"),
    "a batch that is too long": Wrong([document()] * (MAX_EVENTS + 1), {"content-type": BATCHED}, 422, "bad-envelope"),
    "a batch that is none": Wrong(document(), {"content-type": BATCHED}, 422, "bad-envelope"),
    "another administration": Wrong(DATA | {"administration": "bib-aalst"}, HEADERS, 403, "administration-not-granted"),
    "a contradiction": Wrong(DATA | {"item_id": "I1", "amount": 7}, HEADERS, 409, "contradictory-posting"),
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED.keys())
async def test_a_single_event_that_is_refused_is_a_refusal_with_a_remedy(
    ledger: Ledger, desk: Desk, wrong: Wrong
) -> None:
    await ledger.take(posted("I1"))

    answer = await post(desk, wrong.body, wrong.headers)

    assert (answer.status_code, answer.json()["code"]) == (wrong.status, wrong.code), answer
    assert answer.json()["remedy"]
    assert await told(ledger) == []


async def test_each_event_of_a_batch_stands_for_itself(ledger: Ledger, desk: Desk) -> None:
    batch = [document(), None, document(type="x"), document(id="\ud800"), document(data={**DATA, "item_id": "I10"})]

    answer = await post(desk, batch, {"content-type": BATCHED})

    assert [one["index"] for one in answer.json()["refused"]] == [1, 2, 3]
    assert [row["item_id"] for row in await told(ledger)] == ["I9", "I10"]


@pytest.mark.parametrize("content_type", ["application/json", STRUCTURED, BATCHED])
async def test_a_body_over_the_limit_is_refused_in_every_mode(desk: Desk, content_type: str) -> None:
    answer = await post(desk, b" " * (MAX_BODY_BYTES + 1), {"content-type": content_type, "idempotency-key": "k"})

    assert answer.status_code == 413


async def test_who_may_not_is_told_before_the_body_is_read(desk: Desk) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(b"{}")
        yield b"{}"

    clerk = desk.with_roles(Role.CLERK)
    for headers in ({}, clerk.headers()):
        answer = await desk.client.post("/v1/events", content=body(), headers=headers | {"content-type": STRUCTURED})

        assert answer.status_code in {401, 403}
    assert read == []


def test_the_limits_are_written_where_senders_look() -> None:
    page = (Path(__file__).parents[3] / "docs" / "integrating.md").read_text("utf-8")

    assert f"{MAX_EVENTS:,} events" in page
