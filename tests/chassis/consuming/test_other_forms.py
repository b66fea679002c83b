"""Events as others send them: what is clear is taken, what is not says what to send instead."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from chassis.consuming.handling import Record, Waiting
from chassis.consuming.validation import note_partitioner, read_event, read_events
from chassis.errors import Poison
from chassis.kafka import partition_of
from chassis.telemetry.metrics import REGISTRY
from contracts.envelope import Envelope
from contracts.library import ItemPosted
from tests.events import SENT_AT, posted, record_of

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
PLAIN = record_of(posted("I1"))
DATA = json.loads(PLAIN.value or b"")
DOCUMENT: dict[str, Any] = {
    "specversion": "1.0",
    "type": "openitems.item-posted.v1",
    "id": "e0",
    "source": "test",
    "time": "2026-11-22T09:00:00Z",
    "datacontenttype": "application/json",
    "subject": "I1",
    "sequence": 7,
    "data": DATA,
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def sent_as(content_type: str, value: Any, **changes: Any) -> Record:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return PLAIN._replace(headers=[("content-type", content_type.encode())], value=body, **changes)


def document(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (DOCUMENT | changes).items() if value is not ...}


def spelled(spell: Any) -> Record:
    return PLAIN._replace(headers=[(spell(name), value) for name, value in PLAIN.headers])


TAKEN = {
    "in one document": sent_as(STRUCTURED, DOCUMENT),
    "in one document, with a charset": sent_as("Application/CloudEvents+JSON; Charset=UTF-8", DOCUMENT),
    "in one document without +json": sent_as("application/cloudevents", DOCUMENT),
    "in one document with a byte order mark": sent_as(STRUCTURED, BYTE_ORDER_MARK + json.dumps(DOCUMENT).encode()),
    "in one document, its headers beside it": sent_as(STRUCTURED, DOCUMENT)._replace(
        headers=[*PLAIN.headers, ("content-type", STRUCTURED.encode())]
    ),
    "in one document, its content type in another case": sent_as(STRUCTURED, DOCUMENT)._replace(
        headers=[("Content-Type", STRUCTURED.encode())]
    ),
    "its data in base64": sent_as(STRUCTURED, document(data=..., data_base64=b64encode(PLAIN.value or b"").decode())),
    "optional attributes that are null": sent_as(STRUCTURED, document(subject=None, datacontenttype=None)),
    "in a batch of one": sent_as(BATCHED, [DOCUMENT]),
    "headers in capitals": spelled(str.upper),
    "headers as words": spelled(str.title),
    "headers with dashes": spelled(lambda name: name.replace("ce_", "ce-")),
    "headers as HTTP has them": spelled(lambda name: name.replace("ce_", "CE-").title()),
    "a content type with a charset": PLAIN._replace(
        headers=[*PLAIN.headers, ("content-type", b"application/json; charset=utf-8")]
    ),
    "no content type": PLAIN._replace(headers=[one for one in PLAIN.headers if one[0] != "content-type"]),
    "a byte order mark": PLAIN._replace(value=BYTE_ORDER_MARK + (PLAIN.value or b"")),
    "no key": PLAIN._replace(key=None),
    "another key": PLAIN._replace(key=b"P000123"),
}


@pytest.mark.parametrize("record", TAKEN.values(), ids=TAKEN.keys())
def test_what_is_clear_is_taken_as_if_it_had_been_sent_our_way(record: Record) -> None:
    (received,), dead = read_events([record])

    assert dead == []
    assert (received.event, received.envelope) == (posted("I1"), Envelope("e0", "test", SENT_AT))


@pytest.mark.parametrize("record", TAKEN.values(), ids=TAKEN.keys())
def test_what_is_received_can_be_kept_and_read_again(record: Record) -> None:
    (received,), _ = read_events([record])

    again = read_event(Waiting(received, "nothing").received.record)

    assert (again.event, again.envelope) == (received.event, received.envelope)


@pytest.mark.parametrize(
    "record", [sent_as(STRUCTURED, document(time=...)), PLAIN._replace(headers=PLAIN.headers[:-1])]
)
def test_an_event_without_a_time_has_that_at_which_the_broker_got_it(record: Record) -> None:
    assert record.headers[-1][0] != "ce_time"
    got = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    at_the_broker: ConsumerRecord[bytes, bytes] = ConsumerRecord(
        record.topic,
        0,
        1,
        int(got.timestamp() * 1_000),
        0,
        record.key,
        record.value,
        None,
        0,
        0,
        tuple(record.headers),
    )

    (received,), _ = read_events([at_the_broker])
    (kept,), _ = read_events([record])

    assert received.envelope.time == read_event(received.record).envelope.time == got
    assert kept.envelope.time is None, "what was kept without one has none"


def test_each_event_of_a_batch_stands_for_itself() -> None:
    other = document(id="e2", data=json.loads(record_of(posted("I2")).value or b""))
    batch = [document(), document(id=...), document(data={**DATA, "amount": 0}), document(data={**DATA, "x": "\ud800"})]

    received, dead = read_events([sent_as(BATCHED, [*batch, "nonsense", other])])

    assert [entry.envelope.event_id for entry in received] == ["e0", "e2"]
    assert [entry.poison.code for entry in dead] == [
        "bad-envelope",
        "contract-violation",
        "not-json",
        "bad-envelope",
    ]
    assert dead[0].record.value == json.dumps(document(id=...), separators=(",", ":")).encode()


PUT_ASIDE = {
    "Avro": (sent_as("application/cloudevents+avro", b"\x00"), "application/cloudevents+json"),
    "UTF-16": (sent_as(f"{STRUCTURED}; charset=utf-16", DOCUMENT), "UTF-8"),
    "a document that is no JSON": (sent_as(STRUCTURED, b"{nonsense"), "JSON document"),
    "a document that is a list": (sent_as(STRUCTURED, [DOCUMENT]), "specversion"),
    "a batch that is an object": (sent_as(BATCHED, DOCUMENT), "record of its own"),
    "no data": (sent_as(STRUCTURED, document(data=...)), "into data"),
    "data as a text": (sent_as(STRUCTURED, document(data=json.dumps(DATA))), "JSON object"),
    "data that is no base64": (sent_as(STRUCTURED, document(data=..., data_base64="%%")), "JSON object"),
    "an id that is a number": (sent_as(STRUCTURED, document(id=7)), "id of its own"),
    "no id": (sent_as(STRUCTURED, document(id=...)), "id of its own"),
    "an empty source": (sent_as(STRUCTURED, document(source="")), "source that sends it"),
    "a future specification": (sent_as(STRUCTURED, document(specversion="2.0")), 'specversion "1.0"'),
    "another topic's type": (
        sent_as(STRUCTURED, document(type="openitems.party-updated.v1")),
        'type "openitems.item-posted.v1"',
    ),
    "no headers": (PLAIN._replace(headers=[]), "ce_specversion, ce_type, ce_id and ce_source"),
    "a time that is none": (sent_as(STRUCTURED, document(time="yesterday")), "leave the time out"),
    "a tombstone": (PLAIN._replace(value=None), "credit note"),
    "half of a surrogate pair": (PLAIN._replace(value=json.dumps({**DATA, "x": "\ud800"}).encode()), "whole char"),
}


@pytest.mark.parametrize(("record", "remedy"), PUT_ASIDE.values(), ids=PUT_ASIDE.keys())
def test_what_is_not_clear_is_put_aside_with_what_to_send_instead(record: Record, remedy: str) -> None:
    received, (dead,) = read_events([record])

    assert received == []
    assert remedy in str(dead.poison.remedy)


@pytest.mark.parametrize("record", [record for record, _ in PUT_ASIDE.values()], ids=PUT_ASIDE.keys())
def test_what_was_put_aside_is_put_aside_again(record: Record) -> None:
    _, (dead,) = read_events([record])

    with pytest.raises(Poison) as again:
        read_event(dead.record)

    assert again.value.message == dead.poison.message


def test_the_topic_says_what_an_event_is_not_its_sender() -> None:
    (received,), _ = read_events([TAKEN["in one document"]])

    assert isinstance(received.event, ItemPosted)
    assert received.record.topic == "item-posted"


def test_senders_with_other_keys_and_other_partitioners_are_counted() -> None:
    right = PLAIN._replace(partition=partition_of("bib-gent:P000123", 12))
    elsewhere = right._replace(partition=right.partition + 1)
    before = counted()

    for records in ([right], [right._replace(key=b"P000123")], [elsewhere, right], [right, elsewhere]):
        note_partitioner(read_events(records)[0], 12)
    note_partitioner([], 12)

    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1]


def counted() -> list[float]:
    names = ("openitems_other_keys_total", "openitems_other_partitions_total")
    return [REGISTRY.get_sample_value(name, {"topic": "item-posted"}) or 0.0 for name in names]
