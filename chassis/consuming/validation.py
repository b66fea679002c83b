"""From a broker's record to a valid event, or to the poison that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from chassis.consuming.handling import Dead, Message, Received
from chassis.errors import Poison
from contracts.envelope import read_headers
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.topics import TOPICS

MAX_MESSAGE = 400
"""Characters of a validation message that are kept."""


class _Form(NamedTuple):
    """A topic's contract, and what validates a body against it without asking anything that is the same for all."""

    contract: type[Event]
    validate: Callable[[bytes], Event]


@cache
def _form(topic: str) -> _Form:
    return _Form(TOPICS[topic], TypeAdapter(TOPICS[topic]).validator.validate_json)


def read_event(record: Message) -> Received[Event]:
    """Validate one message against its topic's contract; raises Poison naming field and remedy.

    Whether an event is taken depends on the event alone, so every service decides alike.
    """
    body = record.value or b""
    if len(body) > MAX_EVENT_BYTES:
        raise Poison(
            "oversized",
            "The message has {count} bytes, at most {limit} are taken.",
            count=len(body),
            limit=MAX_EVENT_BYTES,
            remedy="Cut the event into several.",
        )
    contract, validate = _form(record.topic)
    try:
        envelope = read_headers(record.headers, contract)
    except ValueError as error:
        raise Poison(
            "bad-envelope",
            "{error}",
            error=error,
            field="headers",
            remedy="Send CloudEvents 1.0 headers in binary mode.",
        ) from error
    try:
        event = validate(body)
    except ValidationError as error:
        raise contract_violation(error) from error
    if record.key != event.key.encode():
        raise Poison(
            "wrong-key",
            "The record's key is {record.key!r}, the event's is {event.key!r}.",
            record=record,
            event=event,
            field="key",
            remedy="Key the record as its contract says: by what the event is about.",
        )
    return Received(event, envelope, record)


def contract_violation(error: ValidationError) -> Poison:
    """The first thing that is wrong, by field, with the number of further ones."""
    first, *more = error.errors(include_url=False, include_context=False)
    where = "/".join(str(part) for part in first["loc"]) or None
    message = first["msg"] + (f" (and {len(more)} more)" if more else "")
    code = "not-json" if first["type"] == "json_invalid" else "contract-violation"
    return Poison(
        code,
        "{violation}",
        violation=message[:MAX_MESSAGE],
        field=where,
        remedy="Mend the event as its JSON Schema says and send it again.",
    )


def read_events(records: Iterable[Message]) -> tuple[list[Received[Event]], list[Dead]]:
    """Valid events in their order, and the dead ones beside them."""
    received: list[Received[Event]] = []
    dead: list[Dead] = []
    for record in records:
        try:
            received.append(read_event(record))
        except Poison as poison:
            dead.append(Dead(record, poison))
    return received, dead
