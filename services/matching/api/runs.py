"""Mass runs: settling oldest first, and undoing a whole run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.database import Connection
from chassis.http import Administration, Clerk, CommandAnswer, IdempotentCommand, RequestBody, View, run_command
from chassis.identity import Actor
from chassis.service import Runtime
from services.matching.domain.forms import (
    RevaluationForm,
    RunUndoForm,
    SettlementForm,
    SettlementUndoForm,
    SmallBalanceForm,
)
from services.matching.operations.revaluing import queue_revaluation
from services.matching.operations.run_steps import NewRun, new_run
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.small_balances import queue_small_balances
from services.matching.operations.stopping import stop_run
from services.matching.operations.undoing import queue_undo, queue_undo_of_settlements


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


class Queued(View):
    """A run that was queued; its progress is at /v1/jobs/{job_id}."""

    job_id: UUID


class StoppedRun(View):
    """A run that was stopped after `done` of its `total` parties, and what it came to."""

    run_id: UUID
    done: int
    total: int | None
    result: dict[str, Any]


Queue = Callable[[Connection, NewRun], Awaitable[None]]
"""Checks what a run asks, and queues it."""


async def queue_run(
    runtime: Runtime, administration: str, actor: Actor, command: IdempotentCommand, queue: Queue
) -> Response:
    """Queue a run under a new id, once per command, and have it taken up; its id is the job's."""

    async def operation(connection: Connection) -> CommandAnswer:
        run = await new_run(connection, administration, actor.employee)
        await queue(connection, run)
        return CommandAnswer(body=Queued(job_id=run.run_id), status=202, location=f"/v1/jobs/{run.run_id}")

    response = await run_command(runtime.database, command, operation)
    runtime.jobs.added.set()
    return response


def run_router(runtime: Runtime) -> APIRouter:
    """Routes that queue runs over many parties and tell how far they are."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["runs"])

    @router.post("/settlement-runs", status_code=202, response_model=Queued)
    async def settle(
        administration: Administration, body: SettlementRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Settle the oldest charges with the oldest credits of every selected party; the run's id is the job's."""

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_settlement(connection, run, body)

        return await queue_run(runtime, administration, actor, command, queue)

    @router.post("/runs/{run_id}/reversal", status_code=202, response_model=Queued)
    async def undo_run(
        administration: Administration, run_id: UUID, body: UndoRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Undo everything that a run matched and that was not undone yet."""

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_undo(connection, run, run_id, body)

        return await queue_run(runtime, administration, actor, command, queue)

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

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_undo_of_settlements(connection, run, body)

        return await queue_run(runtime, administration, actor, command, queue)


def _add_special_runs(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/small-balance-runs", status_code=202, response_model=Queued)
    async def clear(
        administration: Administration, body: SmallBalanceRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Clear the balances of parties, or items, that are not above the limit."""

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_small_balances(connection, run, body)

        return await queue_run(runtime, administration, actor, command, queue)

    @router.post("/revaluation-runs", status_code=202, response_model=Queued)
    async def revalue(
        administration: Administration, body: RevaluationRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Value what is open in other currencies at the rates of a day; the next day takes it back."""

        async def queue(connection: Connection, run: NewRun) -> None:
            await queue_revaluation(connection, run, body)

        return await queue_run(runtime, administration, actor, command, queue)
