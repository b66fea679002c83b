"""Events by HTTP, for systems that do not speak to the broker."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from chassis.database import Connection
from chassis.http import (
    MEBIBYTE,
    CommandAnswer,
    IdempotentCommand,
    Operator,
    RequestBody,
    RequestPart,
    View,
    run_command,
)
from chassis.service import Runtime
from services.matching.operations.intake import Intake, take_in

MAX_EVENTS = 1_000
MAX_BODY_BYTES = 16 * MEBIBYTE


class IncomingEvent(RequestPart):
    """An event as a library system tells it; the id defaults to a digest, so that the same event has the same id."""

    topic: Annotated[str, Field(max_length=64)]
    data: dict[str, Any]
    id: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    source: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class IncomingEvents(RequestBody):
    """A batch, in the order in which the events happened."""

    events: Annotated[tuple[IncomingEvent, ...], Field(min_length=1, max_length=MAX_EVENTS)]


class RefusedEvent(View):
    """An event that was not taken; `index` counts from 0 in the request."""

    index: int
    code: str
    message: str
    field: str | None
    remedy: str | None


class IngestedEvents(View):
    """How many events were taken, and why the others were not; of those taken, which a higher version overtook."""

    accepted: int
    refused: tuple[RefusedEvent, ...]
    superseded: Annotated[
        tuple[int, ...],
        Field(description="Indexes of configurations that change nothing, since a higher version holds already"),
    ] = ()


def ingest_router(runtime: Runtime) -> APIRouter:
    """`POST /v1/events`: good events are taken even when bad ones stand beside them."""
    router = APIRouter(tags=["events"])

    @router.post("/v1/events", status_code=202, response_model=IngestedEvents, max_body_size=MAX_BODY_BYTES)
    async def post_events(body: IncomingEvents, actor: Operator, command: IdempotentCommand) -> Response:
        """Take events of other systems; each is validated against its topic's contract."""

        async def operation(connection: Connection) -> CommandAnswer:
            return CommandAnswer(body=_answer(await take_in(connection, body.events, actor)), status=202)

        return await run_command(runtime.database, command, operation)

    return router


def _answer(intake: Intake) -> IngestedEvents:
    refused = (
        RefusedEvent(
            index=index, code=refusal.code, message=refusal.message, field=refusal.field, remedy=refusal.remedy
        )
        for index, refusal in intake.refused
    )
    return IngestedEvents(accepted=len(intake.accepted), refused=tuple(refused), superseded=tuple(intake.superseded))
