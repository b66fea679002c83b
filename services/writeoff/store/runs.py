"""Runs over many parties: what they would take, which administrations are due, which runs failed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.operators import RuleName
from read_model.unmatched_credits import MAX_NAMED
from services.writeoff.domain.requests import Item
from services.writeoff.domain.run_totals import AlikeItems
from services.writeoff.domain.runs import WriteOffRun
from services.writeoff.store import QUERIES

ADMINISTRATIONS_AT_ONCE = 1_000


class DueItemPlace(NamedTuple):
    """Where a list of items goes on."""

    party_id: str
    item_id: str


async def list_due_items(
    connection: Connection, run: WriteOffRun, months: int, after: DueItemPlace, limit: int
) -> list[asyncpg.Record]:
    """The items that a run takes, in the order of DueItemPlace; a month's end what is open for so many months."""
    queries = load_queries(QUERIES)
    if run.kind == "month-end":
        return await connection.fetch(queries.due_contributions, run.administration, run.date, months, *after, limit)
    wanted = (run.posted_before, run.journals)
    return await connection.fetch(queries.due_for_conversion, run.administration, *wanted, *after, limit, run.date)


async def alike_due_items(connection: Connection, run: WriteOffRun, months: int) -> list[AlikeItems]:
    """The same items in groups that are alike in all that decides about them; as many as there are combinations."""
    queries = load_queries(QUERIES)
    if run.kind == "month-end":
        rows = await connection.fetch(queries.alike_contributions, run.administration, run.date, months)
    else:
        wanted = (run.posted_before, run.journals)
        rows = await connection.fetch(queries.alike_for_conversion, run.administration, *wanted, run.date)
    return [_alike(row) for row in rows]


def _alike(row: asyncpg.Record) -> AlikeItems:
    like = Item(
        item_id="",
        kind=row["kind"],
        currency=row["currency"],
        amount=row["open_amount"],
        open_amount=row["open_amount"],
        item_date=row["latest_on"],
        party_kind=row["party_kind"],
        period_start=row["period_start"],
        period_end=row["period_end"],
    )
    return AlikeItems(like, row["is_asked"], row["is_taken"], row["items"], row["digest"])


async def unmatched_of_due_items(connection: Connection, run: WriteOffRun, months: int) -> str:
    """What credits lie unmatched of the parties of whom a run would take something, as JSON."""
    queries, administration = load_queries(QUERIES), run.administration
    found: str = (
        await connection.fetchval(queries.unmatched_of_due_contributions, administration, run.date, months, MAX_NAMED)
        if run.kind == "month-end"
        else await connection.fetchval(
            queries.unmatched_of_conversion, administration, run.posted_before, run.journals, MAX_NAMED
        )
    )
    return found


async def count_failed_runs(connection: Connection, run: WriteOffRun) -> int:
    """How often such a run failed, whatever its note was."""
    parameters = json.dumps(asdict(run), default=str)
    return int(
        await connection.fetchval(load_queries(QUERIES).count_failed_runs, run.administration, run.kind, parameters)
    )


async def is_queued(connection: Connection, job_id: UUID) -> bool:
    """Whether this very run was queued before, and is under way or over."""
    return bool(await connection.fetchval(load_queries(QUERIES).is_queued, job_id))


async def each_administration_with(connection: Connection, rule: RuleName) -> AsyncIterator[str]:
    """Every administration whose configuration switches a rule on, ADMINISTRATIONS_AT_ONCE at a time."""
    switched_on, after = json.dumps([{"rule": rule, "enabled": True}]), ""
    while rows := await connection.fetch(
        load_queries(QUERIES).administrations_with_rule, switched_on, after, ADMINISTRATIONS_AT_ONCE
    ):
        for row in rows:
            yield row["administration"]
        after = rows[-1]["administration"]


async def last_month_end(connection: Connection, administration: str, today: date) -> date:
    """The latest month's end that was queued, or else the day since which they are: `today`, if this is the first."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.begin_schedule, administration, today)
    found: date = await connection.fetchval(queries.last_month_end, administration)
    return found
