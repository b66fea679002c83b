"""CloudEvents 1.0 in Kafka's binary mode: the headers around an event's JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import blake2b
from typing import NamedTuple

from contracts.event import Event

SPEC_VERSION = "1.0"
_SPEC_VERSION = SPEC_VERSION.encode()
MAX_HEADER_BYTES = 512
CONTENT_TYPE = b"application/json"

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years of the dates in events; instants have the same, so that any time zone can tell them."""

Headers = list[tuple[str, bytes]]


class Envelope(NamedTuple):
    """What the headers say: who sent which event when, as part of which trace."""

    event_id: str
    source: str
    time: datetime
    traceparent: str | None = None


def event_id_of(topic: str, body: bytes) -> str:
    """A deterministic event id for a sender that gives none: the same event sent twice has the same id."""
    return blake2b(topic.encode() + b"\x00" + body, digest_size=16).hexdigest()


def write_headers(contract: type[Event], envelope: Envelope) -> Headers:
    """Kafka headers of an event, in CloudEvents binary mode (https://cloudevents.io, Kafka protocol binding 1.0)."""
    headers: Headers = [
        *_constant_headers(contract),
        ("ce_id", envelope.event_id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_time", envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
    ]
    if envelope.traceparent:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return headers


@cache
def _constant_headers(contract: type[Event]) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_type", contract.ce_type().encode()),
        ("content-type", CONTENT_TYPE),
    )


def read_headers(headers: Iterable[tuple[str, bytes]], contract: type[Event]) -> Envelope:
    """The envelope in Kafka headers; ValueError names the header that is missing or wrong and what it should be."""
    named = dict(headers)
    value_of = named.get
    if value_of("ce_specversion") != _SPEC_VERSION or value_of("ce_type") != _type_of(contract):
        _expect(named, "ce_specversion", SPEC_VERSION)
        _expect(named, "ce_type", contract.ce_type())
    event_id = header_text("ce_id", value_of("ce_id", b""))
    source, time = _sent(value_of("ce_source", b""), value_of("ce_time", b""))
    traceparent = value_of("traceparent")
    return Envelope(event_id, source, time, _trace(traceparent) if traceparent else None)


@cache
def _type_of(contract: type[Event]) -> bytes:
    return contract.ce_type().encode()


@lru_cache(maxsize=4_096)
def _sent(source: bytes | None, time: bytes | None) -> tuple[str, datetime]:
    """Who sent an event and when: those of one batch often share both."""
    sender, instant = header_text("ce_source", source), header_text("ce_time", time)
    try:
        sent_at = datetime.fromisoformat(instant)
    except ValueError as error:
        raise ValueError(f"header ce_time: {instant!r} is no RFC 3339 instant such as 2026-11-22T09:00:00Z") from error
    if sent_at.tzinfo is None:
        raise ValueError("header ce_time: an instant needs its offset, such as a closing Z")
    if not FIRST_YEAR <= sent_at.year <= LAST_YEAR:
        raise ValueError(f"header ce_time: {instant!r} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    return sender, sent_at


def _trace(traceparent: bytes) -> str:
    """As far as it is text that can be kept: a wrong trace stops no event."""
    return traceparent.decode("ascii", "replace").replace("\x00", "\ufffd")[:64]


def header_text(name: str, value: bytes | None) -> str:
    """The text of a header that every event has; ValueError says what is wrong with it."""
    if not value or len(value) > MAX_HEADER_BYTES:
        raise ValueError(f"header {name} is missing or longer than {MAX_HEADER_BYTES} bytes")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"header {name} is not UTF-8") from error
    if "\x00" in text:
        raise ValueError(f"header {name} has the character NUL, which cannot be kept")
    return text


def _expect(named: Mapping[str, bytes], name: str, expected: str) -> None:
    value = header_text(name, named.get(name, b""))
    if value != expected:
        raise ValueError(f"header {name} is {value!r}, this consumer takes {expected!r}")
