"""Bulk write-offs as a clerk waits for them: from the second confirmation to the summary, through all three services.

Selection, ledger and write-off service are processes of their own, as deployed; the floor is what the write-off service
takes of `item-posted` in the same run, while nothing else is done.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from chassis.database import Database, OwnConnection, open_database
from chassis.identity import Actor, Role
from chassis.queries import load_queries
from contracts.library import ItemPosted
from services.matching.app import SERVICE as MATCHING
from services.selection.app import SERVICE as SELECTION
from services.selection.domain.text_form import parse
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.sets import SelectionOrder, fix_set, run_selection
from services.selection.operations.write_offs import (
    WriteOffApproval,
    WriteOffOrder,
    confirm_writeoff,
    request_writeoff,
)
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.bench.writeoff import WIDE, analyse, connected, process, row
from tests.bench.writeoff_streams import ITEMS_PER_PARTY, seconds_until, send
from tests.chassis.issuer import Issuer
from tests.services.writeoff.library import ADMINISTRATION, configured, posted

SIZES = (50_000, 100_000)
WARMING_UP = 2_000
"""Items of a first one that is not counted; after it the tables have the statistics that autovacuum would give them."""
LIMIT_SECONDS = 900.0
POLL_SECONDS = 0.1
APPROVER = Actor(
    employee="j.devries",
    administrations=frozenset({"*"}),
    roles=frozenset({Role.CLERK, Role.APPROVER}),
    token_id="bench",
)


def voucher_of(size: int) -> str:
    """What the items of one bulk write-off have in common."""
    return f"bulk-{size}"


def bulk_items(size: int) -> Iterator[ItemPosted]:
    """Distinct fines of some parties, told apart from those of another size by their voucher."""
    template = posted(voucher=voucher_of(size))
    for number in range(size):
        names = {"item_id": f"B{size}-{number:07}", "party_id": f"P{size}-{number // ITEMS_PER_PARTY:07}"}
        yield template.model_copy(update=names)


async def prepared(database: Database, size: int) -> tuple[UUID, WriteOffApproval]:
    """A fixed set whose control report was exported, confirmed once."""
    now = datetime.now(UTC)
    scope = WorkScope(ADMINISTRATION, "e.maes", now, now.date())
    criteria = parse(f"voucher = {voucher_of(size)} and status in (open, invoiced)", "items")
    async with database.transaction() as connection:
        made = await run_selection(connection, scope, SelectionOrder("items", criteria))
        fixed = await fix_set(connection, scope, made.set_id, f"To be written off, {size} items")
        report = (uuid4(), fixed.fingerprint, "csv", ["item_id"], size, scope.employee, scope.now)
        await connection.execute(
            load_queries("services.selection").add_control_report, ADMINISTRATION, fixed.set_id, *report, None
        )
        wanted = WriteOffOrder(set_id=fixed.set_id, journal="A920", booking_date=None, note="", changed="leave-out")
        batch = await request_writeoff(connection, scope, wanted)
    return batch.batch_id, WriteOffApproval(items=batch.items, totals=batch.totals, fingerprint=batch.fingerprint)


async def written_off(database: Database, connection: OwnConnection, size: int) -> float:
    """Seconds from the second confirmation until the summary is there, which must say that all of it was done."""
    batch_id, approval = await prepared(database, size)
    assert approval.items == size, f"{approval.items} items were selected"
    now = datetime.now(UTC)
    scope = WorkScope(ADMINISTRATION, "e.maes", now, now.date())
    start = time.perf_counter()
    async with database.transaction() as transaction:
        await confirm_writeoff(transaction, scope, batch_id, approval, APPROVER)
    told: int | None = None
    async with asyncio.timeout(LIMIT_SECONDS):
        while told is None:
            await asyncio.sleep(POLL_SECONDS)
            told = await connection.fetchval(SUMMARY, batch_id)
    seconds = time.perf_counter() - start
    assert told == size, f"{told} items were written off"
    return seconds


SUMMARY = """
SELECT (outcome ->> 'written_off_items')::bigint FROM selection.writeoff_batch WHERE batch_id = $1 AND state = 'done'
"""


async def measure(sizes: tuple[int, ...], warming_up: int) -> list[Figures]:
    """Every size, one after the other, and before them one that is not counted."""
    async with stage(SELECTION, MATCHING, WRITEOFF) as at, AsyncExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        jwks = Issuer(folder / "jwks.json").path
        connection = await running.enter_async_context(connected(at))
        rows, floor = await _ingested(at, connection, jwks, (warming_up, *sizes))
        for service in (SELECTION, MATCHING, WRITEOFF):
            await running.enter_async_context(process(at, service, jwks))
        for schema in ("selection", "matching"):
            await seconds_until(connection, f"SELECT count(*) FROM {schema}.item", warming_up + sum(sizes))  # noqa: S608 - a name of ours
        await analyse(connection)
        database = await open_database(at.settings(SELECTION))
        running.push_async_callback(database.close)
        await written_off(database, connection, warming_up)
        await analyse(connection)
        for size in sizes:
            seconds = await written_off(database, connection, size)
            rows.append(row("bulk, second confirmation to summary", size, seconds, floor))
        return rows


async def _ingested(
    at: Stage, connection: OwnConnection, jwks: Path, sizes: tuple[int, ...]
) -> tuple[list[Figures], float]:
    """The floor: everything is on the broker before the write-off service starts to take it."""
    await send(at, itertools.chain([configured(**WIDE)], *(bulk_items(size) for size in sizes)))
    async with process(at, WRITEOFF, jwks):
        seconds = await seconds_until(connection, "SELECT count(*) FROM item", sum(sizes))
    return [row("ingest of item-posted", sum(sizes), seconds, 0)], sum(sizes) / seconds


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(tuple(scaled(size, scale) for size in SIZES), scaled(WARMING_UP, scale)))
    say(table("Bulk write-offs (floor: ingest of item-posted)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
