"""Runs over many parties: what they would take, which administrations are due, which runs failed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from typing import NamedTuple

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.operators import RuleName
from read_model.unmatched_credits import MAX_NAMED
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


async def sum_due_items(connection: Connection, run: WriteOffRun, months: int) -> list[asyncpg.Record]:
    """How many items a run would take and of what amount, by currency, with a digest of them."""
    queries = load_queries(QUERIES)
    if run.kind == "month-end":
        return await connection.fetch(queries.sum_due_contributions, run.administration, run.date, months)
    return await connection.fetch(queries.sum_due_for_conversion, run.administration, run.posted_before, run.journals)


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
