"""Runs and what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.members import DebtorItem, Named
from services.reminders.domain.rules import Rules
from services.reminders.store import QUERIES
from services.reminders.store.lists import ListScope

RunState = Literal["listing", "listed", "issuing", "issued", "undone"]
RunShown = Literal["all", "included", "left-out", "reminded", "dropped"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReminderRun:
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


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """Members of a run that came to the same end, in one currency (None: in all of them; the sum then has no meaning).

    `outcome` is None for what would still be reminded; `digest` names who and what they are, and how much.
    """

    outcome: str | None
    currency: str | None
    items: int
    parties: int
    open_amount: int
    digest: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a run holds by outcome and currency, its debtors by outcome, and how many reminders it has issued."""

    by_currency: tuple[OutcomeFigures, ...]
    parties: Mapping[str | None, int]
    reminders: int


def _run(row: asyncpg.Record) -> ReminderRun:
    fields = dict(row)
    fields["request"] = ListRequest.model_validate_json(row["request"])
    fields["rules"] = json.loads(row["rules"])
    fields["left_out"] = json.loads(row["left_out"])
    return ReminderRun(**fields)


@dataclass(frozen=True, slots=True)
class NewReminderRun:
    """A run to be made: its id, the job that fills it, and who asked for it."""

    run_id: UUID
    listing_job: UUID
    employee: str


async def insert_run(connection: Connection, new: NewReminderRun, scope: ListScope, request: ListRequest) -> None:
    """A run that is still empty: its job fills it."""
    await connection.execute(
        load_queries(QUERIES).insert_run,
        scope.administration,
        new.run_id,
        request.generation_date,
        request.model_dump_json(),
        json.dumps(scope.rules),
        new.listing_job,
        new.employee,
    )


async def new_ids(connection: Connection) -> tuple[UUID, UUID]:
    """Ids for a run and for a job, ordered by when they were made."""
    row = await connection.fetchrow(load_queries(QUERIES).new_ids)
    assert row is not None, "a row of two functions is always there"
    return UUID(bytes=row["run_id"].bytes), UUID(bytes=row["job_id"].bytes)


async def get_run(connection: Connection, administration: str, run_id: UUID) -> ReminderRun:
    """A run; NotFound when the administration has no such run."""
    return _found(await connection.fetchrow(load_queries(QUERIES).get_run, administration, run_id), run_id)


async def lock_run(connection: Connection, administration: str, run_id: UUID) -> ReminderRun:
    """A run that nobody else changes until this transaction ends; NotFound when there is no such run."""
    return _found(await connection.fetchrow(load_queries(QUERIES).lock_run, administration, run_id), run_id)


def _found(row: asyncpg.Record | None, run_id: UUID) -> ReminderRun:
    if row is None:
        raise NotFound(
            "unknown-run",
            "This administration has no reminder run {run_id}.",
            run_id=run_id,
            field="run_id",
            remedy="See the list of runs.",
        )
    return _run(row)


async def list_runs(connection: Connection, administration: str, before: UUID | None, limit: int) -> list[ReminderRun]:
    """An administration's runs, newest first."""
    rows = await connection.fetch(load_queries(QUERIES).list_runs, administration, before, limit)
    return [_run(row) for row in rows]


async def freeze_items(connection: Connection, run_id: UUID, scope: ListScope) -> list[asyncpg.Record]:
    """Put the listed items of the scope's debtors in the run; what came of all of them per reason and currency."""
    administration, *rest = scope.arguments()
    return await connection.fetch(load_queries(QUERIES).freeze_items, administration, run_id, *rest)


async def finish_listing(connection: Connection, run: ReminderRun, left_out: list[Json]) -> None:
    """The run holds its whole list."""
    await connection.execute(load_queries(QUERIES).finish_listing, run.administration, run.run_id, json.dumps(left_out))


async def get_figures(connection: Connection, administration: str, run_ids: Sequence[UUID]) -> dict[UUID, RunFigures]:
    """What some runs hold and what came of it, by run."""
    rows = await connection.fetch(load_queries(QUERIES).summarise_runs, administration, run_ids)
    return {UUID(bytes=row["run_id"].bytes): _figures(row) for row in rows}


def _figures(row: asyncpg.Record) -> RunFigures:
    counted = [OutcomeFigures(**entry) for entry in json.loads(row["figures"])]
    return RunFigures(
        by_currency=tuple(one for one in counted if one.currency is not None),
        parties={one.outcome: one.parties for one in counted if one.currency is None},
        reminders=row["reminders"],
    )


async def count_reminders(connection: Connection, run: ReminderRun) -> int:
    """Reminders that the run issued so far."""
    found: int = await connection.fetchval(load_queries(QUERIES).count_reminders, run.administration, run.run_id)
    return found


async def list_run_items(
    connection: Connection, run: ReminderRun, shown: RunShown, after: DebtorItem, limit: int
) -> list[asyncpg.Record]:
    """Members of the run by party and item, after a key."""
    return await connection.fetch(
        load_queries(QUERIES).list_run_items,
        run.administration,
        run.run_id,
        shown,
        after.party_id,
        after.item_id,
        limit,
    )


async def leave_out(connection: Connection, run: ReminderRun, named: Named, employee: str, note: str) -> int:
    """Take a party, or one item of it, out of the run; the number of items."""
    status = await connection.execute(
        load_queries(QUERIES).leave_out, run.administration, run.run_id, named.party_id, named.item_id, employee, note
    )
    return int(status.rpartition(" ")[2])


async def take_back(connection: Connection, run: ReminderRun, named: Named) -> int:
    """Put back what a clerk left out; the number of items."""
    status = await connection.execute(
        load_queries(QUERIES).take_back, run.administration, run.run_id, named.party_id, named.item_id
    )
    return int(status.rpartition(" ")[2])


async def begin_issuing(connection: Connection, run: ReminderRun, job_id: UUID, employee: str) -> None:
    """The run is being issued by a job."""
    await connection.execute(load_queries(QUERIES).begin_issuing, run.administration, run.run_id, job_id, employee)


async def finish_issuing(connection: Connection, run: ReminderRun, now: datetime) -> None:
    """The run is issued; nothing of it is left to do."""
    await connection.execute(load_queries(QUERIES).finish_issuing, run.administration, run.run_id, now)


async def undo_run(connection: Connection, run: ReminderRun, employee: str, now: datetime, note: str) -> None:
    """The run will never be issued."""
    await connection.execute(load_queries(QUERIES).undo_run, run.administration, run.run_id, employee, now, note)
