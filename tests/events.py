"""Events for tests, as records of a broker."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from pydantic import TypeAdapter

from chassis.consuming.handling import Received, Record
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from contracts.library import ItemChanged, ItemPosted
from contracts.topics import TOPICS

SENT_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OFFSETS = count(1)


def event_of(contract: type[Event], **changes: Any) -> Event:
    """The contract's example with some fields changed."""
    return TypeAdapter(contract).validate_python(contract.example | changes, strict=False)


def posted(item_id: str = "I1", amount: int = 1250, **changes: Any) -> ItemPosted:
    """An item."""
    return ItemPosted.model_validate(
        ItemPosted.example | {"item_id": item_id, "amount": amount} | changes, strict=False
    )


def changed(item_id: str = "I1", version: int = 1, **changes: Any) -> ItemChanged:
    """A change of an item."""
    return ItemChanged.model_validate(
        ItemChanged.example | {"item_id": item_id, "version": version} | changes, strict=False
    )


def record_of(event: Event, offset: int = 0, **changes: Any) -> Record:
    """The event as the broker gives it."""
    headers = write_headers(TOPICS[event.topic], Envelope(f"e{offset}", "test", SENT_AT))
    record = Record(event.topic, 0, offset, event.key.encode(), event.model_dump_json().encode(), headers)
    return record._replace(**changes)


def received(event: Event, at: datetime = SENT_AT) -> Received[Any]:
    """The event as it is dispatched, as strict as what a broker gives."""
    body = event.model_dump_json(exclude_unset=True).encode()
    envelope = Envelope(str(next(OFFSETS)), "library", at)
    headers = write_headers(type(event), envelope)
    record = Record(event.topic, 0, int(envelope.event_id), event.key.encode(), body, headers)
    return Received(type(event).model_validate_json(body), envelope, record)
