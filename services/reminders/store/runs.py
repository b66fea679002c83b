"""Runs and what they hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.rules import Rules
from services.reminders.store import QUERIES
from services.reminders.store.lists import Scope

RunState = Literal["listing", "listed", "issuing", "issued", "undone"]
RunShown = Literal["all", "included", "left-out", "reminded", "dropped"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A frozen control list and how far it is."""

    administration: str
    run_id: UUID
    state: RunState
    generation_date: date
    request: ListRequest
    rules: Rules
    left_out: list[Json]
    listing_job: UUID
    issuing_job: UUID | None
    issuings: int
    employee: str
    created_at: datetime
    issued_by: str | None
    issued_at: datetime | None
    undone_by: str | None
    undone_at: datetime | None
    undo_note: str | None


def _run(row: asyncpg.Record) -> Run:
    fields = dict(row)
    fields["request"] = ListRequest.model_validate_json(row["request"])
    fields["rules"] = json.loads(row["rules"])
    fields["left_out"] = json.loads(row["left_out"])
    return Run(**fields)


async def insert_run(
    connection: Connection, run_id: UUID, scope: Scope, request: ListRequest, job: tuple[UUID, str]
) -> None:
    """A new run that `job` (its id, and the employee) fills."""
    await connection.execute(
        load_queries(QUERIES).insert_run,
        scope.administration,
        run_id,
        request.generation_date,
        request.model_dump_json(),
        json.dumps(scope.rules),
        *job,
    )


async def get_run(connection: Connection, administration: str, run_id: UUID) -> Run:
    """A run; NotFound when the administration has no such run."""
    return _found(await connection.fetchrow(load_queries(QUERIES).get_run, administration, run_id), run_id)


async def lock_run(connection: Connection, administration: str, run_id: UUID) -> Run:
    """A run that nobody else changes until this transaction ends; NotFound when there is no such run."""
    return _found(await connection.fetchrow(load_queries(QUERIES).lock_run, administration, run_id), run_id)


def _found(row: asyncpg.Record | None, run_id: UUID) -> Run:
    if row is None:
        raise NotFound(
            "unknown-run", "This administration has no reminder run {run_id}.", run_id=run_id, field="run_id"
        )
    return _run(row)


async def list_runs(connection: Connection, administration: str, before: UUID | None, limit: int) -> list[Run]:
    """An administration's runs, newest first."""
    rows = await connection.fetch(load_queries(QUERIES).list_runs, administration, before, limit)
    return [_run(row) for row in rows]


async def freeze_items(connection: Connection, run_id: UUID, scope: Scope) -> list[asyncpg.Record]:
    """Put the listed items of the scope's debtors in the run; what came of all of them per reason and currency."""
    administration, *rest = scope.arguments()
    return await connection.fetch(load_queries(QUERIES).freeze_items, administration, run_id, *rest)


async def finish_listing(connection: Connection, run: Run, left_out: list[Json]) -> None:
    """The run holds its whole list."""
    await connection.execute(load_queries(QUERIES).finish_listing, run.administration, run.run_id, json.dumps(left_out))


async def count_members(connection: Connection, run: Run) -> list[asyncpg.Record]:
    """Members per outcome (None: would be reminded) and currency."""
    return await connection.fetch(load_queries(QUERIES).summarise_run, run.administration, run.run_id)


async def count_parties(connection: Connection, run: Run, outcome: str | None) -> int:
    """Debtors with members of an outcome (None: would be reminded)."""
    found: int = await connection.fetchval(
        load_queries(QUERIES).count_outcome_parties, run.administration, run.run_id, outcome
    )
    return found


async def count_reminders(connection: Connection, run: Run) -> int:
    """Reminders that the run issued so far."""
    found: int = await connection.fetchval(load_queries(QUERIES).count_reminders, run.administration, run.run_id)
    return found


async def list_run_items(
    connection: Connection, run: Run, shown: RunShown, after: tuple[str, str], limit: int
) -> list[asyncpg.Record]:
    """Members of the run by party and item, after a key."""
    return await connection.fetch(
        load_queries(QUERIES).list_run_items, run.administration, run.run_id, shown, *after, limit
    )


async def leave_out(connection: Connection, run: Run, member: tuple[str, str | None], employee: str, note: str) -> int:
    """Take a party, or one item of it, out of the run; the number of items."""
    status = await connection.execute(
        load_queries(QUERIES).leave_out, run.administration, run.run_id, *member, employee, note
    )
    return int(status.rpartition(" ")[2])


async def take_back(connection: Connection, run: Run, member: tuple[str, str | None]) -> int:
    """Put back what a clerk left out; the number of items."""
    status = await connection.execute(load_queries(QUERIES).take_back, run.administration, run.run_id, *member)
    return int(status.rpartition(" ")[2])


async def begin_issuing(connection: Connection, run: Run, job_id: UUID, employee: str) -> None:
    """The run is being issued by a job."""
    await connection.execute(load_queries(QUERIES).begin_issuing, run.administration, run.run_id, job_id, employee)


async def finish_issuing(connection: Connection, run: Run, now: datetime) -> None:
    """The run is issued; nothing of it is left to do."""
    await connection.execute(load_queries(QUERIES).finish_issuing, run.administration, run.run_id, now)


async def undo_run(connection: Connection, run: Run, employee: str, now: datetime, note: str) -> None:
    """The run will never be issued."""
    await connection.execute(load_queries(QUERIES).undo_run, run.administration, run.run_id, employee, now, note)
