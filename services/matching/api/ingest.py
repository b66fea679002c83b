"""Events by HTTP, for systems that do not speak to the broker."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from chassis.database import Connection
from chassis.http import MEBIBYTE, CommandAnswer, KeyedCommand, Operator, View, run_command
from chassis.service import Runtime
from services.matching.api.foreign_events import described_bodies, read_handed_in
from services.matching.operations.intake import Intake, take_in

MAX_BODY_BYTES = 16 * MEBIBYTE


class RefusedEvent(View):
    """An event that was not taken; `index` counts from 0 in the request."""

    index: int
    code: str
    message: str
    field: str | None
    remedy: str | None


class IngestedEvents(View):
    """How many events were taken, and why the others were not; which of those taken change nothing, and why."""

    accepted: int
    refused: tuple[RefusedEvent, ...]
    superseded: Annotated[
        tuple[int, ...],
        Field(description="Indexes of events that change nothing, since a higher version holds already"),
    ] = ()
    duplicates: Annotated[
        tuple[int, ...],
        Field(description="Indexes of events that change nothing, since they say what was said before"),
    ] = ()


def ingest_router(runtime: Runtime) -> APIRouter:
    """`POST /v1/events`: good events are taken even when bad ones stand beside them."""
    router = APIRouter(tags=["events"])

    @router.post(
        "/v1/events",
        status_code=202,
        response_model=IngestedEvents,
        max_body_size=MAX_BODY_BYTES,
        openapi_extra=described_bodies(),
    )
    async def post_events(request: Request, actor: Operator, command: KeyedCommand) -> Response:
        """Take events of other systems, in our own form or as CloudEvents, alone or in a batch.

        Each is validated against its topic's contract and compared with what was told before. CloudEvents need no
        Idempotency-Key: sent again, they have one effect. A single one that is refused is answered by a problem.
        """
        handed_in = await read_handed_in(request)
        if command is None and not handed_in.has_own_id:
            raise RequestValidationError(
                [{"type": "missing", "loc": ("header", "idempotency-key"), "msg": "Field required", "input": None}]
            )

        async def operation(connection: Connection) -> CommandAnswer:
            intake = await take_in(connection, handed_in.lines, actor)
            if handed_in.is_single and intake.refused:
                raise intake.refused[0][1]
            return CommandAnswer(body=_answer(intake), status=202)

        return await run_command(runtime.database, command, operation)

    return router


def _answer(intake: Intake) -> IngestedEvents:
    return IngestedEvents(
        accepted=len(intake.accepted),
        refused=refused_events(intake),
        superseded=tuple(intake.superseded),
        duplicates=tuple(intake.duplicates),
    )


def refused_events(intake: Intake) -> tuple[RefusedEvent, ...]:
    """What was not taken, as an answer tells it."""
    return tuple(
        RefusedEvent(
            index=index, code=refusal.code, message=refusal.message, field=refusal.field, remedy=refusal.remedy
        )
        for index, refusal in intake.refused
    )
