"""Mass runs: settling oldest first, and undoing a whole run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from chassis.database import Connection
from chassis.http import Administration, Clerk, CommandAnswer, IdempotentCommand, RequestBody, run_command
from chassis.service import Runtime
from services.matching.domain.forms import (
    RevaluationForm,
    RunUndoForm,
    SettlementForm,
    SettlementUndoForm,
    SmallBalanceForm,
)
from services.matching.operations.revaluing import queue_revaluation
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.small_balances import queue_small_balances
from services.matching.operations.stopping import stop_run
from services.matching.operations.undoing import queue_undo, queue_undo_of_settlements
from services.matching.store.matches import new_ids


class SettlementRequest(RequestBody, SettlementForm):
    """What is matched at once."""


class SmallBalanceRequest(RequestBody, SmallBalanceForm):
    """Which small balances are cleared."""


class RevaluationRequest(RequestBody, RevaluationForm):
    """At which rates what is open is valued."""


class UndoRequest(RequestBody, RunUndoForm):
    """When the undo is booked, or that it is only told."""


class SettlementUndoRequest(RequestBody, SettlementUndoForm):
    """Which settlements are undone, and when that is booked."""


class Queued(BaseModel):
    """A run that was queued; its progress is at /v1/jobs/{job_id}."""

    model_config = ConfigDict(frozen=True)

    job_id: UUID


class StoppedRun(BaseModel):
    """A run that was stopped after `done` of its `total` parties, and what it came to."""

    model_config = ConfigDict(frozen=True)

    run_id: UUID
    done: int
    total: int | None
    result: dict[str, Any]


Begin = Callable[[Connection, UUID], Awaitable[None]]
"""Queues a run under that id."""


async def queue_run(runtime: Runtime, command: IdempotentCommand, begin: Begin) -> Response:
    """Queue a run under a new id, once per command, and have it taken up; its id is the job's."""

    async def operation(connection: Connection) -> CommandAnswer:
        (job_id,) = await new_ids(connection, 1)
        await begin(connection, job_id)
        return CommandAnswer(body=Queued(job_id=job_id), status=202, location=f"/v1/jobs/{job_id}")

    response = await run_command(runtime.database, command, operation)
    runtime.jobs.added.set()
    return response


def run_router(runtime: Runtime) -> APIRouter:
    """Routes that queue runs."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["runs"])

    @router.post("/settlement-runs", status_code=202, response_model=Queued)
    async def settle(
        administration: Administration, body: SettlementRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Settle the oldest charges with the oldest credits of every selected party; the run's id is the job's."""

        async def begin(connection: Connection, run_id: UUID) -> None:
            await queue_settlement(connection, administration, run_id, body, actor.employee)

        return await queue_run(runtime, command, begin)

    @router.post("/runs/{run_id}/reversal", status_code=202, response_model=Queued)
    async def undo(
        administration: Administration, run_id: UUID, body: UndoRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Undo everything that a run matched and that was not undone yet."""

        async def begin(connection: Connection, undo_id: UUID) -> None:
            await queue_undo(connection, administration, run_id, undo_id, (body, actor.employee))

        return await queue_run(runtime, command, begin)

    @router.post("/runs/{run_id}/cancellation", response_model=StoppedRun)
    async def stop(administration: Administration, run_id: UUID, actor: Clerk, command: IdempotentCommand) -> Response:
        """Stop a run before its next chunk; what it did stays, and can be undone like what a whole run did."""

        async def operation(connection: Connection) -> CommandAnswer:
            stopped = await stop_run(connection, administration, run_id, actor.employee)
            return CommandAnswer(body=StoppedRun.model_validate(stopped))

        return await run_command(runtime.database, command, operation)

    _add_undo_of_settlements(router, runtime)
    _add_special_runs(router, runtime)
    return router


def _add_undo_of_settlements(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/settlement-reversals", status_code=202, response_model=Queued)
    async def undo_settlements(
        administration: Administration, body: SettlementUndoRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Undo every match, by hand or by a run, in which items within the criteria settled each other."""

        async def begin(connection: Connection, undo_id: UUID) -> None:
            await queue_undo_of_settlements(connection, administration, undo_id, body, actor.employee)

        return await queue_run(runtime, command, begin)


def _add_special_runs(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/small-balance-runs", status_code=202, response_model=Queued)
    async def clear(
        administration: Administration, body: SmallBalanceRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Clear the balances of parties, or items, that are not above the limit."""

        async def begin(connection: Connection, run_id: UUID) -> None:
            await queue_small_balances(connection, administration, run_id, body, actor.employee)

        return await queue_run(runtime, command, begin)

    @router.post("/revaluation-runs", status_code=202, response_model=Queued)
    async def revalue(
        administration: Administration, body: RevaluationRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Value what is open in other currencies at the rates of a day; the next day takes it back."""

        async def begin(connection: Connection, run_id: UUID) -> None:
            await queue_revaluation(connection, administration, run_id, body, actor.employee)

        return await queue_run(runtime, command, begin)
