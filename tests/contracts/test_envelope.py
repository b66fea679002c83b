"""Our hand-written CloudEvents headers are what the CloudEvents SDK reads and writes."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat

from contracts.envelope import Envelope, event_id_of, read_headers, write_headers
from contracts.library import ItemPosted

SENT = Envelope("e-1", "library/7", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "00-" + "a" * 32 + "-" + "b" * 16 + "-01")


def test_the_cloudevents_sdk_reads_our_headers() -> None:
    body = json.dumps(ItemPosted.example).encode()
    message = KafkaMessage(headers=dict(write_headers(ItemPosted, SENT)), key=b"bib-gent:P000123", value=body)

    event = from_binary_event(message, JSONFormat())

    assert event.get_type() == "openitems.item-posted.v1"
    assert (event.get_id(), event.get_source(), event.get_time()) == ("e-1", "library/7", SENT.time)
    assert event.get_data() == ItemPosted.example


def test_what_was_written_is_read_again() -> None:
    assert read_headers(write_headers(ItemPosted, SENT), ItemPosted) == SENT


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ce_type", b"openitems.item-posted.v2", "ce_type"),
        ("ce_specversion", b"0.3", "ce_specversion"),
        ("ce_time", b"yesterday", "ce_time"),
        ("ce_time", b"2026-11-22T09:00:00", "offset"),
        ("ce_id", b"", "ce_id"),
        ("ce_source", b"\xff\xfe", "UTF-8"),
        ("ce_id", b"x" * 513, "512"),
    ],
)
def test_a_wrong_header_is_named(name: str, value: bytes, word: str) -> None:
    headers = [(n, value if n == name else v) for n, v in write_headers(ItemPosted, SENT)]

    with pytest.raises(ValueError, match=word):
        read_headers(headers, ItemPosted)


def test_the_longest_header_is_taken() -> None:
    headers = [(n, b"x" * 512 if n == "ce_id" else v) for n, v in write_headers(ItemPosted, SENT)]

    assert read_headers(headers, ItemPosted).event_id == "x" * 512


def test_the_same_event_gets_the_same_id_and_another_topic_another_one() -> None:
    assert event_id_of("item-posted", b"{}") == event_id_of("item-posted", b"{}")
    assert event_id_of("item-posted", b"{}") != event_id_of("item-changed", b"{}")
