"""What the door (`/v1/events`) takes, every consumer takes: each text of each contract, with hostile values."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.consuming.handling import Record
from chassis.consuming.validation import read_events
from chassis.errors import Poison
from contracts.envelope import MAX_HEADER_BYTES, Envelope, write_headers
from contracts.generate import schema_of
from contracts.library import LibraryEvent
from contracts.topics import INGESTED_TOPICS, TOPICS
from services.matching.api.foreign_events import MAX_EVENTS
from tests.chassis.consuming.hostile import SERVICES, Consuming, consuming
from tests.databases import FreshDatabase
from tests.events import SENT_AT
from tests.services.matching.library import configured

DOCUMENT = {"document_id": "D1", "name": "a.pdf", "media_type": "text/plain", "uri": "https://a.be", "sha256": "0" * 64}
ADDRESS = {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "BE"}
SKIPPED = {"item_id": "I3", "code": "settled-meanwhile", "message": "Nothing is open."}
SENDER = {
    **ADDRESS,
    "name": "Gent",
    "email": "a@b.be",
    "phone": "09",
    "website": "b.be",
    "iban": "BE1",
    "bic": "GEBA",
    "fi_creditor": "12345678",
    "enterprise_number": "0123",
}
FULL: dict[str, dict[str, Any]] = {
    "party-updated": {
        "address": ADDRESS,
        "debtor_type": "public",
        "email": "a@b.be",
        "phone": "09",
        "group": "G",
        "payment_method": "M",
        "branch": "B",
        "channel": "letter",
        "iban": "BE1",
    },
    "item-posted": {
        **dict.fromkeys(("payment_method", "branch", "invoice_number", "reference", "employee", "note_id"), "X"),
        **dict.fromkeys(("subscription_id", "loan_id", "material_id", "checkin_id", "reminder_id"), "X"),
        **dict.fromkeys(("reverses", "till"), "X"),
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
        "status": "open",
        "documents": [DOCUMENT],
    },
    "item-changed": {"documents": [DOCUMENT]},
    "subscription-cancelled": {"employee": "e"},
    "material-returned": {"employee": "e"},
    "checkin-cancelled": {"employee": "e"},
    "borrower-enrolled": {"employee": "e"},
    "bailiff-referred": {"employee": "e"},
    "writeoff-requested": {"set_id": str(uuid4()), "note": "n", "approved_by": "a"},
    "match-requested": {
        "contra": {"kind": "write-off", "journal": "A920", "gl_account": "4"},
        "origin_administration": "bib-gent",
        "only_after": str(uuid4()),
        "note": "n",
        "reversal_of": str(uuid4()),
    },
    "items-written-off": {"set_id": str(uuid4())},
    "items-matched": {
        **dict.fromkeys(("reason", "note", "origin_administration"), "X"),
        **{name: str(uuid4()) for name in ("run_id", "request_id", "reversal_of")},
        "contra_lines": [{"kind": "write-off", "amount": 1, "journal": "A9", "gl_account": "4", "item_id": "R"}],
        "allocations": [{"charge_item_id": "I1", "credit_item_id": "I2", "amount": 1}],
        "skipped": [SKIPPED],
    },
    "match-rejected": {"field": "lines", "items": [SKIPPED]},
    "reminder-issued": {"document": DOCUMENT, "fee_item_ids": ["F"], "interest_item_ids": ["I"]},
    "administration-configured": {
        "cooperation_group": "c",
        "time_zone": "Europe/Brussels",
        "sender": SENDER,
        "journals": [
            {"code": "A100", "type": "A", "label": {"nl": "a", "da": "b", "en": "c"}, "gl_account": "4"},
        ],
        "gl_links": dict.fromkeys(
            ("debtors", "creditors", "payment_differences", "exchange_gains", "exchange_losses", "write_offs"), "49"
        ),
        "reminder_profiles": [
            {
                "profile": "standard",
                "party_id": "P",
                "category": "c",
                "language": "nl",
                "channel": "letter",
                "levels": [
                    {"level": 1, "layout": "l", "fee_rule": "f", "interest_rule": "i", "channel": "letter"},
                ],
            }
        ],
        "write_offs": {"employee_limits": [{"employee": "e", "item_limit": 1}]},
        "write_off_rules": [{"rule": "bulk", "journal": "A100"}],
    },
}
OF_THE_SENDER = frozenset({"speaks-for-another", "approval-not-seen"})
HALVES = ("\ud800", "a\udc00")
HOSTILE = ("a\x00b", "a\nb", "\u202eabc", "\U0001f4da\ufffe", " ")
Where = tuple[str | int, ...]


def texts(node: Any, path: Where = ()) -> Iterator[Where]:
    """Where the texts of a value are."""
    if isinstance(node, str):
        yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        yield from texts(value, (*path, step))


def named_texts(schema: Any, name: str = "") -> Iterator[str]:
    """The names of all fields of a schema whose values are free texts."""
    if isinstance(schema, list):
        for inner in schema:
            yield from named_texts(inner, name)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        yield name
    for key, inner in schema.items():
        if key in {"properties", "$defs"}:
            for below, value in inner.items():
                yield from named_texts(value, below)
        elif key in {"anyOf", "items", "prefixItems"}:
            yield from named_texts(inner, name)


def full(topic: str) -> dict[str, Any]:
    """An event of a topic with every text that it may have, unlike any other."""
    body = deepcopy(TOPICS[topic].example | FULL.get(topic, {}))
    unique = {"request_id", "batch_id"} & body.keys()
    return body | {name: str(uuid4()) for name in unique} | ({"item_id": f"I-{uuid4()}"} if "item_id" in body else {})


def spoiled(topic: str, values: Sequence[str] = HOSTILE) -> list[dict[str, Any]]:
    """Events of a topic, each with a hostile value in one of its texts."""
    bodies: list[dict[str, Any]] = []
    for path in texts(full(topic)):
        for value in values:
            body = full(topic)
            node: Any = body
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = value
            bodies.append(body | ({"version": len(bodies) + 10} if "version" in body else {}))
    return bodies


def as_record(topic: str, body: dict[str, Any], number: int) -> Record:
    """The event as another system would give it to the broker, its texts escaped."""
    contract = TOPICS[topic]
    party = f":{body['party_id']}" if issubclass(contract, LibraryEvent) or "party_id" in body else ""
    key = f"{body['administration']}{party}".encode("utf-8", "replace")
    headers = write_headers(contract, Envelope(f"e{number}", "library", SENT_AT))
    return Record(topic, 0, number, key, json.dumps(body).encode(), headers)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_text_of_a_contract_is_tried(topic: str) -> None:
    tried = {next(str(step) for step in reversed(path) if isinstance(step, str)) for path in texts(full(topic))}

    assert set(named_texts(schema_of(TOPICS[topic]))) - tried == set()


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_no_text_of_any_contract_has_room_for_nul(topic: str) -> None:
    body = deepcopy(TOPICS[topic].example | FULL.get(topic, {}))
    taken = []
    for path in texts(body):
        spoiled_body = deepcopy(body)
        node: Any = spoiled_body
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] += "\x00"
        received, _ = read_events([as_record(topic, spoiled_body, 1)])
        taken += [path for _ in received]

    assert taken == []


@pytest.fixture
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")


async def refused_at_the_door(ledger: Consuming, events: list[dict[str, Any]]) -> dict[int, str]:
    """The indexes of the events that the door refuses, with the code."""
    content = json.dumps({"events": events})
    headers = {"idempotency-key": f"k-{uuid4()}", "content-type": "application/json"}
    answer = await ledger.api.post("/v1/events", content=content, headers=headers)
    assert answer.status_code == 202, answer
    return {one["index"]: one["code"] for one in answer.json()["refused"]}


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.parametrize("topic", sorted(INGESTED_TOPICS))
async def test_what_the_door_takes_every_consumer_takes(topic: str, database: FreshDatabase, tmp_path: Path) -> None:
    bodies = spoiled(topic)

    async with consuming("matching", database, tmp_path) as ledger:
        refused = await refused_at_the_door(ledger, [{"topic": topic, "data": body} for body in bodies])
    records = [as_record(topic, body, number) for number, body in enumerate(bodies)]
    for name in SERVICES:
        async with consuming(name, database, tmp_path) as service:
            if service.takes(topic):
                await service.take([configuration()])
                handled = await service.take(records)
                dead = {entry.record.offset: entry.poison for entry in handled.dead}
                assert told(dead, bodies, refused) == [], name

    spoilt = [code for code in refused.values() if code not in OF_THE_SENDER]
    assert spoilt
    assert len(spoilt) < len(bodies)


def configuration() -> Record:
    return as_record("administration-configured", configured().model_dump(mode="json", exclude_unset=True), 0)


def told(dead: dict[int, Poison], bodies: list[dict[str, Any]], refused: dict[int, str]) -> list[str]:
    """Where the door and a consumer do not agree; who may speak for whom is for the door alone."""
    return [
        f"{'refused' if n in refused else 'taken'} at the door, {dead.get(n)}: {json.dumps(bodies[n])}"
        for n in range(len(bodies))
        if refused.get(n) not in OF_THE_SENDER and (n in refused) != (n in dead)
    ]


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.parametrize("field", ["id", "source"])
@pytest.mark.parametrize("value", ["a\x00b", "\x00", "\u20ac" * (MAX_HEADER_BYTES // 3 + 1)])
async def test_the_door_refuses_what_no_consumer_takes_in_a_header(
    field: str, value: str, database: FreshDatabase, tmp_path: Path
) -> None:
    event = {"topic": "item-posted", "data": full("item-posted")}

    async with consuming("matching", database, tmp_path) as ledger:
        refused = await refused_at_the_door(ledger, [event | {field: value}, event])

    assert refused == {0: "bad-envelope"}


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.parametrize("administration", ["a\x00b", "\x1b", "\ufffe"])
async def test_the_door_refuses_a_configuration_of_an_administration_that_cannot_be(
    administration: str, database: FreshDatabase, tmp_path: Path
) -> None:
    data = full("administration-configured") | {"administration": administration}

    async with consuming("matching", database, tmp_path) as ledger:
        refused = await refused_at_the_door(ledger, [{"topic": "administration-configured", "data": data}])

    assert refused.keys() == {0}


@pytest.mark.usefixtures("_no_broker")
async def test_half_a_surrogate_pair_is_taken_nowhere(database: FreshDatabase, tmp_path: Path) -> None:
    spoiled_bodies = [(topic, body) for topic in sorted(INGESTED_TOPICS) for body in spoiled(topic, HALVES)]

    received, _ = read_events([as_record(topic, body, 1) for topic, body in spoiled_bodies])
    async with consuming("matching", database, tmp_path) as ledger:
        events = [{"topic": topic, "data": body} for topic, body in spoiled_bodies]
        refused: dict[int, str] = {}
        for start in range(0, len(events), MAX_EVENTS):
            found = await refused_at_the_door(ledger, events[start : start + MAX_EVENTS])
            refused |= {start + index: code for index, code in found.items()}

    assert received == []
    assert refused == dict.fromkeys(range(len(events)), "not-json")


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.parametrize("depth", [150, 500, 900, 950, 5_000, 100_000])
async def test_what_is_nested_however_deeply_is_refused_or_taken_by_the_door(
    depth: int, database: FreshDatabase, tmp_path: Path
) -> None:
    data = json.dumps(full("party-updated"))[:-1] + ', "unknown": ' + "[" * depth + "]" * depth + "}"
    content = f'{{"events": [{{"topic": "party-updated", "data": {data}}}]}}'

    async with consuming("matching", database, tmp_path) as ledger:
        headers = {"idempotency-key": "k-deep", "content-type": "application/json"}
        answer = await ledger.api.post("/v1/events", content=content, headers=headers)

    assert answer.status_code in {202, 400, 422}, answer
