"""From a broker's record to a valid event, or to the poison that says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from aiokafka import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from chassis.cloud_events import (
    BYTE_ORDER_MARK,
    STRUCTURED,
    Mode,
    as_json,
    bad_attribute,
    mode_of,
    of_document,
    of_headers,
    read_json,
)
from chassis.consuming.handling import Dead, Message, RawHeaders, Received, Record
from chassis.errors import Poison
from chassis.kafka import partition_of
from chassis.sentences import Sentence
from chassis.telemetry import metrics
from chassis.violations import violation_of
from contracts.envelope import CONTENT_TYPE, BadAttribute, read_named
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.topics import TOPICS

MAX_MESSAGE = 400
"""Characters of a validation message that are kept."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Of the broker's time."""
MOST_DIGITS = 20
"""More than any whole number of a contract has."""
HALF_A_PAIR = "hex escape"
"""What a parser names where it found half of a pair of code units, which stands for no character by itself."""


class BatchOfEvents(Poison):
    """A record is several events: its `parts` are to be read instead."""

    def __init__(self, parts: list[Record]) -> None:
        super().__init__("batch", "The record is several events.", remedy="Send each event as a record of its own.")
        self.parts = parts


class _Form(NamedTuple):
    """A topic's contract, and what validates a body against it without asking anything that is the same for all."""

    contract: type[Event]
    validate: Callable[[bytes], Event]


@cache
def _form(topic: str) -> _Form:
    return _Form(TOPICS[topic], TypeAdapter(TOPICS[topic]).validator.validate_json)


def validate(topic: str, body: bytes) -> Event:
    """Make an event of the topic out of JSON; raises ValidationError where there is none in it.

    A byte order mark is passed over, and 1250.0 is the whole number that JSON Schema says it is.
    """
    read = _form(topic).validate
    try:
        return read(body)
    except ValidationError as error:
        return _read_otherwise(read, body, error)


def _read_otherwise(read: Callable[[bytes], Event], body: bytes, error: ValidationError) -> Event:
    """What plain reading did not take: it costs the others nothing that this is looked for only then."""
    if body.startswith(BYTE_ORDER_MARK):
        body = body.removeprefix(BYTE_ORDER_MARK)
        try:
            return read(body)
        except ValidationError as another:
            error = another
    if any(one["type"] == "int_type" and isinstance(one["input"], float) for one in error.errors()):
        return read(_with_whole_numbers(body))
    raise error


def _with_whole_numbers(text: bytes) -> bytes:
    """The same JSON in which no whole number has a point or an exponent; of a float none of its digits is lost."""
    return as_json(json.loads(text, parse_float=_whole_or_float))


def _whole_or_float(digits: str) -> int | float:
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS or number != number.to_integral_value():
        return float(digits)
    return int(number)


def read_events(records: Iterable[Message]) -> tuple[list[Received[Event]], list[Dead]]:
    """Valid events in their order, and the dead ones beside them."""
    received: list[Received[Event]] = []
    dead: list[Dead] = []
    for record in records:
        try:
            received.append(read_event(record))
        except BatchOfEvents as batch:
            good, bad = read_events(batch.parts)
            received += good
            dead += bad
        except Poison as poison:
            dead.append(Dead(record, poison))
    return received, dead


def read_event(record: Message) -> Received[Event]:
    """Validate one message against its topic's contract; raises Poison naming field and remedy.

    Whether an event is taken depends on the event alone, so every service decides alike. What is received is in the
    binary mode, however it was sent.
    """
    body = record.value
    if body is None:
        raise Poison(
            "tombstone",
            "The record has no value.",
            remedy="Facts are not deleted: tell what became of them by an event, such as a credit note.",
        )
    if len(body) > MAX_EVENT_BYTES:
        raise Poison(
            "oversized",
            "The message has {count} bytes, at most {limit} are taken.",
            count=len(body),
            limit=MAX_EVENT_BYTES,
            remedy="Cut the event into several.",
        )
    named = dict(record.headers)
    if named.get("content-type", CONTENT_TYPE) != CONTENT_TYPE:
        record = _in_binary_mode(record, named["content-type"])
        named, body = dict(record.headers), record.value or b""
    contract, read = _form(record.topic)
    try:
        envelope = read_named(named, contract)
    except BadAttribute as error:
        return _read_in_other_spelling(record, named, bad_attribute(error, contract))
    if envelope.time is None and isinstance(record, ConsumerRecord):
        return read_event(_changed(record, body, record.headers))
    try:
        event = read(body)
    except ValidationError as error:
        event = _read_or_poison(read, body, error)
    if record.key != event.key.encode():
        metrics.OTHER_KEYS.labels(record.topic).inc()
    return Received(event, envelope, record)


def note_partitioner(received: Sequence[Received[Event]], partitions: int) -> None:
    """Count a stretch whose first event is not where our partitioner would have put it: one says it of its sender.

    It is taken all the same; what the events of a key lose by it is told in docs/adr.
    """
    first = next(iter(received), None)
    if first and first.record.partition != partition_of(first.event.key, partitions):
        metrics.OTHER_PARTITIONS.labels(first.record.topic).inc()


def _read_or_poison(read: Callable[[bytes], Event], body: bytes, error: ValidationError) -> Event:
    try:
        return _read_otherwise(read, body, error)
    except ValidationError as another:
        raise contract_violation(another) from another


def _in_binary_mode(record: Message, content_type: bytes | None) -> Message:
    """The same event in headers; BatchOfEvents where it is several, Poison where it cannot be read."""
    mode = mode_of((content_type or b"").decode("utf-8", "replace"))
    if mode is Mode.BINARY:
        return record
    document = read_json(record.value or b"")
    if mode is Mode.STRUCTURED:
        sent = of_document(document)
        return _changed(record, sent.body, sent.headers)
    if not isinstance(document, list):
        raise Poison(
            "bad-envelope", "A batch of events is a JSON array.", remedy="Send each event as a record of its own."
        )
    headers = [("content-type", STRUCTURED.encode())]
    raise BatchOfEvents([_changed(record, as_json(part), headers) for part in document])


def _read_in_other_spelling(record: Message, named: Mapping[str, bytes], poison: Poison) -> Received[Event]:
    """Read an event whose headers' names are not in lower case, or have dashes; the poison where they are all right."""
    headers = of_headers(record.headers)
    if dict(headers) == named:
        raise poison
    return read_event(_changed(record, record.value or b"", headers))


def _changed(record: Message, body: bytes, headers: RawHeaders) -> Record:
    """The same record in other words; an event without a time has that at which the broker got it."""
    kept = list(headers)
    if "ce_time" not in dict(kept):
        time = dict(record.headers).get("ce_time") or _time_of(record)
        kept += [("ce_time", time)] if time else []
    return Record(record.topic, record.partition, record.offset, record.key, body, kept)


def _time_of(record: Message) -> bytes | None:
    """When the broker got a record, in milliseconds since 1970; None where it does not say."""
    if not isinstance(record, ConsumerRecord) or (record.timestamp or 0) <= 0:
        return None
    return (BEGINNING + timedelta(milliseconds=record.timestamp)).isoformat().encode()


def contract_violation(error: ValidationError) -> Poison:
    """The first thing that is wrong, by field, with the number of further ones."""
    first, *more = error.errors(include_url=False)
    where = "/".join(str(part) for part in first["loc"]) or None
    if first["type"] == "json_invalid":
        message = first["msg"]
        return Poison("not-json", "{violation}", violation=message[:MAX_MESSAGE], remedy=_json_remedy(message))
    said = violation_of(first)
    return Poison(
        "contract-violation",
        "{violation} {count} more fields are not valid." if more else "{violation}",
        violation=said if len(said) <= MAX_MESSAGE else said[:MAX_MESSAGE],
        count=len(more),
        field=where,
        remedy="Mend the event as its JSON Schema says and send it again.",
    )


def _json_remedy(message: str) -> Sentence:
    if HALF_A_PAIR in message:
        return Sentence("Send whole characters: half of a surrogate pair stands for none.")
    return Sentence("Send the event's own fields as one JSON object in UTF-8.")
