"""CloudEvents 1.0 in Kafka's binary mode: the headers around an event's JSON value.

So our services send them; what others may send besides, and what becomes of it, is `chassis/cloud_events.py`.
"""

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
NO_TIME = b"-"
"""In place of a time that is left out; no instant is written so."""
CONTENT_TYPE = b"application/json"

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years of the dates in events; instants have the same, so that any time zone can tell them."""

Headers = list[tuple[str, bytes]]


class BadAttribute(ValueError):
    """An attribute of an event's envelope is missing or wrong: its `name`, without a prefix, and what is wrong."""

    def __init__(self, name: str, fault: str) -> None:
        self.name = name
        self.fault = fault
        super().__init__(f"ce_{name} {fault}")


class Envelope(NamedTuple):
    """What the headers say: who sent which event when, as part of which trace; senders may leave the time out."""

    event_id: str
    source: str
    time: datetime | None
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
    ]
    if envelope.time is not None:
        headers.append(("ce_time", envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()))
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
    """The envelope in Kafka headers; BadAttribute names what is missing or wrong and what it should be."""
    return read_named(dict(headers), contract)


def read_named(named: Mapping[str, bytes], contract: type[Event]) -> Envelope:
    """The same of headers by their names."""
    value_of = named.get
    if value_of("ce_specversion") != _SPEC_VERSION or value_of("ce_type") != _type_of(contract):
        _expect(named, "specversion", SPEC_VERSION)
        _expect(named, "type", contract.ce_type())
    event_id = attribute_text("id", value_of("ce_id", b""))
    source, time = _sent(value_of("ce_source", b""), value_of("ce_time", NO_TIME))
    traceparent = value_of("traceparent")
    return Envelope(event_id, source, time, _trace(traceparent) if traceparent else None)


@cache
def _type_of(contract: type[Event]) -> bytes:
    return contract.ce_type().encode()


@lru_cache(maxsize=4_096)
def _sent(source: bytes | None, time: bytes | None) -> tuple[str, datetime | None]:
    """Who sent an event and when: those of one batch often share both."""
    return attribute_text("source", source), None if time == NO_TIME else _instant(attribute_text("time", time))


def _instant(text: str) -> datetime:
    try:
        sent_at = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise BadAttribute("time", f"{text!r} is no RFC 3339 instant such as 2026-11-22T09:00:00Z") from error
    if sent_at.tzinfo is None:
        raise BadAttribute("time", f"{text!r} lacks its offset, such as a closing Z")
    if not FIRST_YEAR <= sent_at.year <= LAST_YEAR:
        raise BadAttribute("time", f"{text!r} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    return sent_at


def _trace(traceparent: bytes) -> str:
    """As far as it is text that can be kept: a wrong trace stops no event."""
    return traceparent.decode("ascii", "replace").replace("\x00", "\ufffd")[:64]


def attribute_text(name: str, value: bytes | None) -> str:
    """The text of an attribute that every event has; BadAttribute says what is wrong with it."""
    if not value:
        raise BadAttribute(name, "is missing")
    if len(value) > MAX_HEADER_BYTES:
        raise BadAttribute(name, f"is longer than {MAX_HEADER_BYTES} bytes")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise BadAttribute(name, "is not UTF-8") from error
    if "\x00" in text:
        raise BadAttribute(name, "has the character NUL, which cannot be kept")
    return text


def _expect(named: Mapping[str, bytes], name: str, expected: str) -> None:
    value = attribute_text(name, named.get(f"ce_{name}", b""))
    if value != expected:
        raise BadAttribute(name, f"is {value!r} where {expected!r} is taken")
