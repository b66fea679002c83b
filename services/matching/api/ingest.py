"""Events by HTTP, for systems that do not speak to the broker: validated, kept in the outbox, published from there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.consuming.validation import contract_violation
from chassis.database import Connection, Database
from chassis.errors import Conflict, Refused
from chassis.http.authorization import Operator
from chassis.http.idempotency import CommandAnswer, IdempotentCommand, run_command
from chassis.http.limits import MEBIBYTE
from chassis.http.request_bodies import RequestBody
from chassis.identity import Actor
from chassis.outbox import OutboxEvent, add_to_outbox, outgoing
from contracts.envelope import event_id_of
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.operators import AdministrationConfigured
from contracts.topics import INGESTED_TOPICS, TOPICS
from read_model.parties import Configurations, stored_configurations
from read_model.versions import contradiction, contradicts, standing_of

MAX_EVENTS = 1_000
MAX_BODY_BYTES = 16 * MEBIBYTE


class IncomingEvent(RequestBody):
    """An event as a library system tells it; the id defaults to a digest, so that the same event has the same id."""

    topic: Annotated[str, Field(max_length=64)]
    data: dict[str, Any]
    id: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    source: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class IncomingEvents(RequestBody):
    """A batch, in the order in which the events happened."""

    events: Annotated[tuple[IncomingEvent, ...], Field(min_length=1, max_length=MAX_EVENTS)]


class RefusedEvent(BaseModel):
    """An event that was not taken; `index` counts from 0 in the request."""

    model_config = ConfigDict(frozen=True)

    index: int
    code: str
    message: str
    field: str | None
    remedy: str | None


class IngestedEvents(BaseModel):
    """How many events were taken, and why the others were not; of those taken, which a higher version overtook."""

    model_config = ConfigDict(frozen=True)

    accepted: int
    refused: tuple[RefusedEvent, ...]
    superseded: Annotated[
        tuple[int, ...],
        Field(description="Indexes of configurations that change nothing, since a higher version holds already"),
    ] = ()


def ingest_router(database: Database) -> APIRouter:
    """`POST /v1/events`: good events are taken even when bad ones stand beside them."""
    router = APIRouter(tags=["events"])

    @router.post("/v1/events", status_code=202, response_model=IngestedEvents, max_body_size=MAX_BODY_BYTES)
    async def post_events(body: IncomingEvents, actor: Operator, command: IdempotentCommand) -> Response:
        """Take events of other systems; each is validated against its topic's contract."""

        async def operation(connection: Connection) -> CommandAnswer:
            intake = _Intake(actor, await stored_configurations(connection, _configured(body.events)))
            for index, event in enumerate(body.events):
                intake.take(index, event)
            await add_to_outbox(connection, intake.accepted)
            return CommandAnswer(body=intake.answer(), status=202)

        return await run_command(database, command, operation)

    return router


def _configured(events: Iterable[IncomingEvent]) -> set[str]:
    """The administrations that events want to configure."""
    topic = AdministrationConfigured.topic
    names = (event.data.get("administration") for event in events if event.topic == topic)
    return {name for name in names if isinstance(name, str)}


@dataclass(slots=True)
class _Intake:
    """Takes a request's events one by one; `holding` are the configurations that hold before the next one."""

    actor: Actor
    holding: Configurations
    accepted: list[OutboxEvent] = field(default_factory=list)
    refused: list[RefusedEvent] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)

    def take(self, index: int, incoming: IncomingEvent) -> None:
        """Take an event, or note why not."""
        try:
            event = valid_event(incoming, self.actor)
            if isinstance(event, AdministrationConfigured):
                self._compare(index, event)
        except Refused as refusal:
            self.refused.append(
                RefusedEvent(
                    index=index,
                    code=refusal.code,
                    message=refusal.message,
                    field=refusal.field,
                    remedy=refusal.remedy,
                )
            )
        else:
            self.accepted.append(_told_by(incoming, event, self.actor))

    def _compare(self, index: int, event: AdministrationConfigured) -> None:
        current = self.holding.get(event.administration)
        if current is not None and contradicts(event, standing_of(current)):
            poison = contradiction(event)
            raise Conflict(poison.code, poison.message, field=poison.field, remedy=poison.remedy)
        if current is not None and event.version < current.version:
            self.superseded.append(index)
        else:
            self.holding[event.administration] = event

    def answer(self) -> IngestedEvents:
        """What became of them."""
        return IngestedEvents(
            accepted=len(self.accepted), refused=tuple(self.refused), superseded=tuple(self.superseded)
        )


def valid_event(incoming: IncomingEvent, actor: Actor) -> Event:
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


def _told_by(incoming: IncomingEvent, event: Event, actor: Actor) -> OutboxEvent:
    out = outgoing(event)
    event_id = incoming.id or event_id_of(incoming.topic, out.body)
    return OutboxEvent(out.topic, out.key, out.body, event_id, incoming.source or f"http/{actor.employee}")
