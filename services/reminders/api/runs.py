"""Routes of runs: made of a list, looked at, corrected, issued, undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    run_command,
)
from chassis.service import Runtime
from services.reminders.api.views import (
    Changed,
    IssueBody,
    LeaveOutBody,
    ListBody,
    RunMemberView,
    RunView,
    TakeBackBody,
    UndoBody,
)
from services.reminders.domain.members import DebtorItem
from services.reminders.operations import runs as operations
from services.reminders.operations.run_summaries import summarise_run, summarise_runs
from services.reminders.store import runs as store
from services.reminders.store.runs import ReminderRun, RunShown


class ItemsQuery(BaseModel):
    """Which of a run's items, and which page of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    show: RunShown = "all"
    limit: Annotated[int, Field(ge=1, le=1_000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2_048)] = None


_RUNS = Keyset("runs", UUID)
_ITEMS = Keyset("run-items", DebtorItem)


def run_router(runtime: Runtime) -> APIRouter:
    """Routes of runs: listed, made, corrected by hand, issued, undone."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])
    _add_reading(router, runtime)
    _add_making(router, runtime)
    _add_correcting(router, runtime)
    return router


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/runs")
    async def list_runs(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[RunView]:
        """The administration's runs, newest first."""
        before = _RUNS.decode(cursor)
        async with runtime.database.snapshot() as connection:
            found = await summarise_runs(connection, administration, before, limit + 1)
        return _RUNS.page(found, limit, key=lambda summary: summary.run.run_id, show=RunView.of)

    @router.get("/runs/{run_id}")
    async def run(administration: Administration, run_id: UUID) -> RunView:
        """A run with its figures and the fingerprint that its issue must be approved with."""
        async with runtime.database.snapshot() as connection:
            found = await store.get_run(connection, administration, run_id)
            return RunView.of(await summarise_run(connection, found))

    @router.get("/runs/{run_id}/items")
    async def run_items(
        administration: Administration,
        run_id: UUID,
        page: Annotated[ItemsQuery, Query()],
    ) -> Page[RunMemberView]:
        """What is in the run, by debtor, and what came of each item."""
        after = _ITEMS.decode(page.cursor) or DebtorItem("", "")
        async with runtime.database.snapshot() as connection:
            found = await store.get_run(connection, administration, run_id)
            rows = await store.list_run_items(connection, found, page.show, after, page.limit + 1)
        return _ITEMS.page(
            rows,
            page.limit,
            key=lambda row: DebtorItem(row["party_id"], row["item_id"]),
            show=lambda row: RunMemberView.model_validate(dict(row)),
        )


def _add_making(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/runs", response_model=RunView, status_code=202)
    async def create(
        administration: Administration, body: ListBody, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Freeze a control list; follow the job, then look at the run."""

        async def operation(connection: Connection) -> CommandAnswer:
            run = await operations.queue_freezing(connection, administration, body.request(), actor.employee)
            return await _outcome(connection, run)

        response = await run_command(runtime.database, command, operation)
        runtime.jobs.added.set()
        return response

    @router.post("/runs/{run_id}/issue", response_model=RunView, status_code=202)
    async def issue(
        administration: Administration, run_id: UUID, body: IssueBody, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Send the reminders of a run; a run that is issued already stays as it is."""

        async def operation(connection: Connection) -> CommandAnswer:
            run = await store.lock_run(connection, administration, run_id)
            return await _outcome(
                connection, await operations.queue_issuing(connection, run, actor.employee, body.fingerprint)
            )

        response = await run_command(runtime.database, command, operation)
        runtime.jobs.added.set()
        return response


def _add_correcting(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/runs/{run_id}/leave-out", response_model=Changed)
    async def leave_out(
        administration: Administration, run_id: UUID, body: LeaveOutBody, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Leave a debtor, or one of its items, out of the run."""

        async def operation(connection: Connection) -> CommandAnswer:
            run = await store.lock_run(connection, administration, run_id)
            items = await operations.leave_out(connection, run, body.named(), actor.employee, body.note)
            return CommandAnswer(body=Changed(items=items))

        return await run_command(runtime.database, command, operation)

    @router.post("/runs/{run_id}/take-back", response_model=Changed)
    async def take_back(
        administration: Administration, run_id: UUID, body: TakeBackBody, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Put back what was left out by hand."""

        async def operation(connection: Connection) -> CommandAnswer:
            run = await store.lock_run(connection, administration, run_id)
            items = await operations.take_back(connection, run, body.named())
            return CommandAnswer(body=Changed(items=items))

        return await run_command(runtime.database, command, operation)

    @router.post("/runs/{run_id}/undo", response_model=RunView)
    async def undo(
        administration: Administration, run_id: UUID, body: UndoBody, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Give a run up, as long as nothing of it was sent."""

        async def operation(connection: Connection) -> CommandAnswer:
            run = await store.lock_run(connection, administration, run_id)
            await operations.undo_run(connection, run, actor.employee, datetime.now(UTC), body.note)
            return await _outcome(connection, await store.get_run(connection, administration, run_id), 200)

        return await run_command(runtime.database, command, operation)


async def _outcome(connection: Connection, run: ReminderRun, status: int = 202) -> CommandAnswer:
    view = RunView.of(await summarise_run(connection, run))
    location = f"/v1/administrations/{run.administration}/runs/{run.run_id}"
    return CommandAnswer(body=view, status=status, location=location)
