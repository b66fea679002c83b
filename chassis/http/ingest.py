"""Events by HTTP, for systems that do not speak to the broker: validated, kept in the outbox, published from there."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.consuming.reading import contract_violation
from chassis.database import Connection, Database
from chassis.errors import Refused
from chassis.http.authorization import Operator, in_administration
from chassis.http.bodies import RequestBody
from chassis.http.idempotency import IdempotentCommand, Outcome, run_command
from chassis.http.limits import MEBIBYTE
from chassis.identity import Actor
from chassis.outbox import OutboxEvent, add_to_outbox, outgoing
from contracts.envelope import event_id_of
from contracts.event import MAX_EVENT_BYTES
from contracts.topics import INGESTED_TOPICS, TOPICS

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
    """How many events were taken, and why the others were not."""

    model_config = ConfigDict(frozen=True)

    accepted: int
    refused: tuple[RefusedEvent, ...]


def ingest_router(database: Database) -> APIRouter:
    """`POST /v1/events`: good events are taken even when bad ones stand beside them."""
    router = APIRouter(tags=["events"])

    @router.post("/v1/events", status_code=202, response_model=IngestedEvents, max_body_size=MAX_BODY_BYTES)
    async def post_events(body: IncomingEvents, actor: Operator, command: IdempotentCommand) -> Response:
        """Take events of other systems; each is validated against its topic's contract."""

        async def operation(connection: Connection) -> Outcome:
            accepted, refused = _sort(body.events, actor)
            await add_to_outbox(connection, accepted)
            return Outcome(body=IngestedEvents(accepted=len(accepted), refused=tuple(refused)), status=202)

        return await run_command(database, command, operation)

    return router


def _sort(events: tuple[IncomingEvent, ...], actor: Actor) -> tuple[list[OutboxEvent], list[RefusedEvent]]:
    accepted: list[OutboxEvent] = []
    refused: list[RefusedEvent] = []
    for index, event in enumerate(events):
        try:
            accepted.append(take_event(event, actor))
        except Refused as refusal:
            refused.append(
                RefusedEvent(
                    index=index,
                    code=refusal.code,
                    message=refusal.message,
                    field=refusal.field,
                    remedy=refusal.remedy,
                )
            )
    return accepted, refused


def take_event(incoming: IncomingEvent, actor: Actor) -> OutboxEvent:
    """Validate one event; Refused names the field and the remedy."""
    if incoming.topic not in INGESTED_TOPICS:
        raise Refused(
            "unknown-topic",
            f"Nobody but its service publishes to {incoming.topic!r}, or it does not exist.",
            field="topic",
            remedy=f"Use one of: {', '.join(sorted(INGESTED_TOPICS))}.",
        )
    body = json.dumps(incoming.data)
    if len(body) > MAX_EVENT_BYTES:
        raise Refused("oversized", f"An event has at most {MAX_EVENT_BYTES} bytes.", remedy="Cut it into several.")
    try:
        event = TOPICS[incoming.topic].model_validate_json(body)
    except ValidationError as error:
        poison = contract_violation(error)
        raise Refused(poison.code, poison.message, field=poison.field, remedy=poison.remedy) from error
    in_administration(actor, event.administration)
    out = outgoing(event)
    event_id = incoming.id or event_id_of(incoming.topic, out.body)
    return OutboxEvent(out.topic, out.key, out.body, event_id, incoming.source or f"http/{actor.employee}")
