"""Events that library systems and operators post by HTTP: validated, and durable before the broker has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from chassis.database import Connection
from chassis.errors import Refused
from chassis.outbox import OutboxEvent, add_to_outbox
from contracts.envelope import event_id_of
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.topics import INGESTED_TOPICS, TOPICS


def read_posted(position: int, topic: str, data: dict[str, Any]) -> Event:
    """The event that was posted; raises Refused naming the field by its place in the request."""
    where = f"events/{position}"
    if topic not in INGESTED_TOPICS:
        raise Refused(
            "unknown-topic",
            f"{topic!r} is no topic that other systems publish.",
            field=f"{where}/topic",
            remedy=f"Choose one of {', '.join(sorted(INGESTED_TOPICS))}.",
        )
    try:
        event = TOPICS[topic].model_validate_json(json.dumps(data))
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False)
        field = "/".join(str(part) for part in (where, "data", *first["loc"]))
        message = first["msg"] + (f" (and {len(more)} more)" if more else "")
        raise Refused(
            "contract-violation", message, field=field, remedy=f"Mend the event as the JSON Schema of {topic} says."
        ) from error
    if len(event.model_dump_json()) > MAX_EVENT_BYTES:
        raise Refused("oversized", f"An event has at most {MAX_EVENT_BYTES} bytes.", field=where)
    return event


async def post_events(connection: Connection, events: Sequence[Event], source: str) -> None:
    """Put events in the outbox; the same event posted twice carries the same id."""
    outgoing = []
    for event in events:
        body = event.model_dump_json(exclude_unset=True).encode()
        outgoing.append(OutboxEvent(event.topic, event.key, body, event_id_of(event.topic, body), source))
    await add_to_outbox(connection, outgoing)
