"""Library events over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.http import IdempotentCommand, Operator, Outcome, RequestBody, in_administration, run_command
from chassis.service import Runtime
from services.matching.operations.events import post_events, read_posted

MAX_EVENTS = 2_000
"""Most events of one request."""


class PostedEvent(BaseModel):
    """An event as its contract says, under its topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str = Field(max_length=100)
    data: dict[str, Any]


class PostedEvents(RequestBody):
    """Events that are taken or refused together."""

    events: tuple[PostedEvent, ...] = Field(min_length=1, max_length=MAX_EVENTS)


class Accepted(BaseModel):
    """How many events were stored; they are published from here in this order."""

    model_config = ConfigDict(frozen=True)

    accepted: int


def event_router(runtime: Runtime) -> APIRouter:
    """The route that takes events."""
    router = APIRouter(tags=["events"])

    @router.post("/events", status_code=202, response_model=Accepted)
    async def post(body: PostedEvents, actor: Operator, command: IdempotentCommand) -> Response:
        """Publish events of library systems: all are valid and stored, or none is and the first fault is named."""
        events = [read_posted(position, event.topic, event.data) for position, event in enumerate(body.events)]
        for administration in {event.administration for event in events}:
            in_administration(actor, administration)

        async def operation(connection: Connection) -> Outcome:
            await post_events(connection, events, f"openitems/http/{actor.employee}")
            return Outcome(body=Accepted(accepted=len(events)), status=202)

        return await run_command(runtime.database, command, operation)

    return router
