"""Events by HTTP: each is validated against its topic's contract, kept in the outbox, and published from there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import ValidationError

from chassis.consuming.validation import contract_violation
from chassis.database import Connection
from chassis.errors import Conflict, Refused
from chassis.identity import Actor
from chassis.outbox import OutboxEvent, add_to_outbox, outgoing
from contracts.envelope import event_id_of, header_text
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.operators import AdministrationConfigured
from contracts.topics import INGESTED_TOPICS, TOPICS
from read_model.parties import Configurations, stored_configurations
from read_model.versions import contradiction, contradicts, standing_of


class ForeignEvent(Protocol):
    """An event as another system tells it; what is None has a default."""

    @property
    def topic(self) -> str:
        """Where it would be published."""
        ...

    @property
    def data(self) -> dict[str, Any]:
        """The event's own fields, as its contract has them."""
        ...

    @property
    def id(self) -> str | None:
        """Its id; by default a digest, so that the same event has the same id."""
        ...

    @property
    def source(self) -> str | None:
        """Who says it; by default the employee who hands it in."""
        ...


@dataclass(slots=True)
class Intake:
    """What became of a request's events, by their indexes from 0: taken, refused, or overtaken by a higher version.

    `holding` are the configurations that hold before the next event.
    """

    holding: Configurations
    accepted: list[OutboxEvent] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)

    def take(self, index: int, incoming: ForeignEvent, actor: Actor) -> None:
        """Take an event, or note why not."""
        try:
            event = _valid(incoming, actor)
            if isinstance(event, AdministrationConfigured):
                self._compare(index, event)
        except Refused as refusal:
            self.refused.append((index, refusal))
        else:
            self.accepted.append(_told_by(incoming, event, actor))

    def _compare(self, index: int, event: AdministrationConfigured) -> None:
        current = self.holding.get(event.administration)
        if current is not None and contradicts(event, standing_of(current)):
            poison = contradiction(event)
            raise Conflict(poison.code, poison.message, field=poison.field, remedy=poison.remedy)
        if current is not None and event.version < current.version:
            self.superseded.append(index)
        else:
            self.holding[event.administration] = event


async def take_in(connection: Connection, events: Sequence[ForeignEvent], actor: Actor) -> Intake:
    """Keep the good events for publication, in their order, whatever stands beside them."""
    intake = Intake(await stored_configurations(connection, _configured(events)))
    for index, event in enumerate(events):
        intake.take(index, event, actor)
    await add_to_outbox(connection, intake.accepted)
    return intake


def _configured(events: Sequence[ForeignEvent]) -> set[str]:
    """The administrations that events want to configure."""
    topic = AdministrationConfigured.topic
    names = (event.data.get("administration") for event in events if event.topic == topic)
    return {name for name in names if isinstance(name, str) and name.isprintable()}  # no other one can exist


def _valid(incoming: ForeignEvent, actor: Actor) -> Event:
    """Validate one event; Refused names the field and the remedy."""
    if incoming.topic not in INGESTED_TOPICS:
        raise Refused(
            "unknown-topic",
            "Nobody but its service publishes to {topic!r}, or it does not exist.",
            topic=incoming.topic,
            topics=", ".join(sorted(INGESTED_TOPICS)),
            field="topic",
            remedy="Use one of: {topics}.",
        )
    _check_envelope(incoming)
    body = json.dumps(incoming.data)
    if len(body) > MAX_EVENT_BYTES:
        raise Refused(
            "oversized", "An event has at most {limit} bytes.", limit=MAX_EVENT_BYTES, remedy="Cut it into several."
        )
    try:
        event = TOPICS[incoming.topic].model_validate_json(body)
    except ValidationError as error:
        poison = contract_violation(error)
        raise Refused(poison.code, poison.message, field=poison.field, remedy=poison.remedy) from error
    actor.demand_administration(event.administration)
    return event


def _check_envelope(incoming: ForeignEvent) -> None:
    """Refuse what every consumer would refuse in the headers of the event."""
    for name, text in (("id", incoming.id), ("source", incoming.source)):
        if text is None:
            continue
        try:
            header_text(f"ce_{name}", text.encode())
        except ValueError as error:
            raise Refused(
                "bad-envelope",
                "{error}",
                error=error,
                field=name,
                remedy="Send CloudEvents 1.0 headers in binary mode.",
            ) from error


def _told_by(incoming: ForeignEvent, event: Event, actor: Actor) -> OutboxEvent:
    out = outgoing(event)
    event_id = incoming.id or event_id_of(incoming.topic, out.body)
    return OutboxEvent(out.topic, out.key, out.body, event_id, incoming.source or f"http/{actor.employee}")
