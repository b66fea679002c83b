"""Files of other systems, part by part: all of their events are published, or none."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from chassis.database import Connection
from chassis.http import Administration, CommandAnswer, IdempotentCommand, Operator, RequestBody, View, run_command
from chassis.service import Runtime
from services.matching.api.foreign_events import described_bodies, read_handed_in
from services.matching.api.ingest import MAX_BODY_BYTES, RefusedEvent, refused_events
from services.matching.operations import imports
from services.matching.operations.imports import NewImport
from services.matching.store.imports import ImportKey

MAX_CHUNKS = 1_000_000

Chunk = Annotated[int, Path(ge=0, lt=MAX_CHUNKS, description="The part of the file, from 0")]


class OpenedImportRequest(RequestBody):
    """A file that is going to be imported."""

    file: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
    fingerprint: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]


class OpenedImport(View):
    """An import to which parts may be sent."""

    import_id: UUID


class StagedEvents(View):
    """How many events of a part are kept aside, and why the others are not.

    Duplicates say what was said before; a higher version than that of superseded ones holds already.
    """

    staged: int
    refused: tuple[RefusedEvent, ...]
    duplicates: tuple[int, ...]
    superseded: tuple[int, ...]


class ConfirmedImportRequest(RequestBody):
    """How many events were kept aside in all: an import of which some are missing is not published."""

    events: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ConfirmedImport(View):
    """The run that publishes an import; its progress is at /v1/jobs/{job_id}."""

    job_id: UUID


class DroppedImport(View):
    """An import of which nothing was published."""

    import_id: UUID


def import_router(runtime: Runtime) -> APIRouter:
    """Routes that take a file in as a whole."""
    router = APIRouter(prefix="/administrations/{administration}/imports", tags=["imports"])

    @router.post("", status_code=201, response_model=OpenedImport)
    async def open_import(
        administration: Administration, body: OpenedImportRequest, actor: Operator, command: IdempotentCommand
    ) -> Response:
        """Begin an import; one that is not confirmed within a day is forgotten."""

        async def operation(connection: Connection) -> CommandAnswer:
            new = NewImport(file=body.file, fingerprint=body.fingerprint)
            key = await imports.open_import(connection, administration, new, actor.employee)
            return CommandAnswer(body=OpenedImport(import_id=key.import_id), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post(
        "/{import_id}/chunks/{chunk}",
        response_model=StagedEvents,
        max_body_size=MAX_BODY_BYTES,
        openapi_extra=described_bodies(),
    )
    async def stage(
        administration: Administration,
        import_id: UUID,
        chunk: Chunk,
        request: Request,
        actor: Operator,
        command: IdempotentCommand,
    ) -> Response:
        """Judge a part of the file as `/v1/events` does, and keep it aside; the same part again replaces it."""
        handed_in = await read_handed_in(request)

        async def operation(connection: Connection) -> CommandAnswer:
            key = ImportKey(administration, import_id)
            intake = await imports.stage(connection, key, chunk, handed_in.lines, actor)
            answer = StagedEvents(
                staged=len(intake.new),
                refused=refused_events(intake),
                duplicates=tuple(intake.duplicates),
                superseded=tuple(intake.superseded),
            )
            return CommandAnswer(body=answer)

        return await run_command(runtime.database, command, operation)

    _add_ends(router, runtime)
    return router


def _add_ends(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/{import_id}/confirmation", status_code=202, response_model=ConfirmedImport)
    async def confirm(
        administration: Administration,
        import_id: UUID,
        body: ConfirmedImportRequest,
        actor: Operator,
        command: IdempotentCommand,
    ) -> Response:
        """Publish all that is kept aside of an import: from now on it comes, whatever happens."""

        async def operation(connection: Connection) -> CommandAnswer:
            key = ImportKey(administration, import_id)
            job_id = await imports.confirm(connection, key, body.events, actor.employee)
            return CommandAnswer(body=ConfirmedImport(job_id=job_id), status=202, location=f"/v1/jobs/{job_id}")

        response = await run_command(runtime.database, command, operation)
        runtime.jobs.added.set()
        return response

    @router.delete("/{import_id}", response_model=DroppedImport)
    async def drop(
        administration: Administration, import_id: UUID, actor: Operator, command: IdempotentCommand
    ) -> Response:
        """Forget an import that was not confirmed."""

        async def operation(connection: Connection) -> CommandAnswer:
            await imports.drop(connection, ImportKey(administration, import_id))
            return CommandAnswer(body=DroppedImport(import_id=import_id))

        return await run_command(runtime.database, command, operation)
