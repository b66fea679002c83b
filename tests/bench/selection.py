"""Criteria, sets, exports and write-offs at scale, each against the least that PostgreSQL must do for the same.

Five million items, a fifth of them open, five hundred thousand parties.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

import asyncpg

from chassis.database import Database, OwnConnection, open_database
from chassis.identity import Actor, Role
from chassis.jobs import JobWorker
from chassis.queries import load_queries
from contracts.operators import AdministrationConfigured
from deploy.embedded.postgres.databases import DATABASE
from read_model.parties import QUERIES as PROJECTION
from services.selection.app import SERVICE
from services.selection.domain.export_formats import FORMATS, chosen_fields
from services.selection.domain.text_form import parse
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.exports import Export, write_export
from services.selection.operations.sets import MAX_MEMBERS, SelectionOrder, count_hits, fix_set, run_selection
from services.selection.operations.write_offs import (
    WriteOffApproval,
    WriteOffOrder,
    confirm_writeoff,
    request_writeoff,
)
from services.selection.store.exports import HASHING_MEMORY
from services.selection.store.sets import StoredSet
from tests.bench.scale import FULL, run_alone
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.events import event_of

ADMINISTRATION = "bib-gent"
ITEMS, PARTIES, CHUNK = 5_000_000, 500_000, 250_000
SMALL, WORKBOOK_ROWS, WRITTEN_OFF = 36_000, 500_000, 100_000
REPEATS = 5
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ANY_STATUS = "status in (open, invoiced)"
FIELDS = "party_id party_name item_id kind item_date due_date status journal voucher description open_amount currency"

FILL_PARTIES = """
INSERT INTO party (administration, party_id, version, kind, name, debtor_type, city, language, channel)
SELECT $1, 'P' || n, 1, 'debtor', 'Borrower ' || n, 'consumer', 'Gent', 'nl', 'letter'
FROM generate_series(1, $2::bigint) AS n
"""
FILL_ITEMS = """
INSERT INTO item (
    administration, party_id, item_id, fingerprint, kind, amount, currency, journal, voucher, item_date, description,
    due_date, stated_status, blocked, in_payment_run, on_bank_statement, processed, open_amount
)
SELECT
    $1, 'P' || (abs(hashint8(n)::bigint) % $4 + 1), 'I' || n, n, 'fine', 100 + n % 5000, 'EUR', 'V1' || n % 4, 'v' || n,
    date '2016-01-01' + (n * 3001 % 3900)::integer, 'Late return', date '2016-02-01' + (n * 3001 % 3900)::integer,
    'open', FALSE, FALSE, FALSE, TRUE, CASE WHEN n % 5 = 0 THEN 100 + n % 5000 ELSE 0 END
FROM generate_series($2::bigint, $3::bigint) AS n
"""
FLOOR_COUNT = "SELECT count(*) FROM item WHERE administration = $1 AND item_date < $2 AND open_amount <> 0"
FLOOR_PARTIES = """
SELECT count(*) FROM (
    SELECT party_id FROM item WHERE administration = $1 AND open_amount <> 0
    GROUP BY party_id, currency HAVING sum(open_amount) > $2
) AS party
"""
FLOOR_TABLE = "CREATE TABLE IF NOT EXISTS floor_member (LIKE set_member INCLUDING ALL)"
FLOOR_MEMBERS = """
INSERT INTO floor_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT $1, $2, party_id, item_id, currency, open_amount FROM item
WHERE administration = $1 AND item_date < $3 AND open_amount <> 0 ORDER BY party_id, item_id
"""
FLOOR_EXPORT = """
SELECT p.party_id, p.name, i.item_id, i.kind, i.item_date, i.due_date, i.status, i.journal, i.voucher, i.description,
    m.open_amount, m.currency
FROM set_member AS m
INNER JOIN item AS i ON i.administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
LEFT JOIN party AS p ON p.administration = m.administration AND p.party_id = m.party_id
WHERE m.administration = $1 AND m.set_id = $2 ORDER BY m.party_id, m.item_id
"""


def scope() -> WorkScope:
    return WorkScope(ADMINISTRATION, "e.maes", NOW, NOW.date())


async def best(work: Callable[[], Awaitable[object]], repeats: int = REPEATS) -> float:
    """The shortest of several runs, in seconds: what the work costs without the neighbours' noise."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        await work()
        times.append(time.perf_counter() - start)
    return min(times)


async def fill(owner: OwnConnection, scale: float) -> None:
    """The library, and statistics as autovacuum would have them."""
    label = {"nl": "Bulk", "da": "Masse", "en": "Bulk"}
    event = event_of(
        AdministrationConfigured,
        fiscal_periods=[{"year": 2026, "period": 1, "start": "2026-01-01", "end": "2026-12-31"}],
        journals=[{"code": "A920", "type": "A", "label": label}],
    )
    await owner.execute(
        load_queries(PROJECTION).upsert_administrations, [ADMINISTRATION], [1], [event.model_dump_json()]
    )
    parties = int(PARTIES * scale)
    await owner.execute(FILL_PARTIES, ADMINISTRATION, parties)
    for start in range(1, int(ITEMS * scale), CHUNK):
        last = min(start + CHUNK - 1, int(ITEMS * scale))
        await owner.execute(FILL_ITEMS, ADMINISTRATION, start, last, parties)
    await owner.execute("VACUUM ANALYZE item, balance, party")


def before_for(hits: float, scale: float) -> date:
    """A date before which about so many items are open, spread evenly as they are."""
    return date.fromordinal(date(2016, 1, 1).toordinal() + max(1, round(hits / (ITEMS * scale / 5) * 3900)))


async def counting(database: Database, scale: float) -> list[Figures]:
    """Counting by criteria, against the index-only count of the same rows, and against adding up on the fly."""
    day = before_for(SMALL * scale, scale)
    order = SelectionOrder("items", parse(f"open_amount > 1 and item_date < {day} and status = open", "items"))
    everything = SelectionOrder("items", parse(f"open_amount > 1 and {ANY_STATUS}", "items"))
    rich = SelectionOrder("parties", parse("party_open_amount > 15000", "parties"))
    async with database.snapshot() as connection:
        figures = []
        for name, asked, until in (("36k hits", order, day), ("all open", everything, date(2099, 1, 1))):
            hits = await count_hits(connection, scope(), asked)
            ours = await best(partial(count_hits, connection, scope(), asked))
            floor = await best(partial(connection.fetchval, FLOOR_COUNT, ADMINISTRATION, until))
            figures.append(row(f"criteria, {name}", hits, Took(ours, floor), f"{ours / floor:.2f} times", "at most 2"))
        hits = await count_hits(connection, scope(), rich)
        ours = await best(lambda: count_hits(connection, scope(), rich))
        floor = await best(lambda: connection.fetchval(FLOOR_PARTIES, ADMINISTRATION, 15000))
        figures.append(row("party totals kept", hits, Took(ours, floor), f"{floor / ours:.1f} faster", "at least 15"))
    return figures


@dataclass(frozen=True, slots=True)
class Took:
    """What something took, ours and the least that PostgreSQL must do for it, in seconds."""

    ours: float
    floor: float


def row(name: str, count: int, took: Took, ratio: str, goal: str) -> Figures:
    """A line of the table, in milliseconds; `ratio` and `goal` are in words."""
    milliseconds = {"ms": took.ours * 1000, "floor ms": took.floor * 1000}
    return {"work": name, "count": count, **milliseconds, "ratio": ratio, "goal": goal}


async def making(database: Database, owner: OwnConnection, scale: float) -> tuple[list[Figures], StoredSet]:
    """Sets of 36,000 and of a million members, against INSERT…SELECT of as many."""
    await owner.execute(FLOOR_TABLE)
    figures, made = [], None
    for hits in (SMALL * scale, ITEMS * scale / 5):
        day = before_for(hits, scale)
        order = SelectionOrder("items", parse(f"item_date < {day} and {ANY_STATUS}", "items"), MAX_MEMBERS)
        start = time.perf_counter()
        async with database.transaction() as connection:
            made = await run_selection(connection, scope(), order)
        ours = time.perf_counter() - start
        start = time.perf_counter()
        await owner.execute(FLOOR_MEMBERS, ADMINISTRATION, uuid4(), day)
        floor = time.perf_counter() - start
        figures.append(row("a new set", made.members, Took(ours, floor), f"{floor / ours:.2f}", "at least 0.5"))
    assert made is not None, "two sets were made"
    return figures, made


async def drain(database: Database, export: Export) -> int:
    """Read a whole export; its size in bytes."""

    async def finished() -> None:
        return None

    size = 0
    async for chunk in write_export(database, export, finished):
        size += len(chunk)
    return size


def export_of(source: StoredSet, form: str) -> Export:
    fields = chosen_fields(FIELDS.split(), "items")
    return Export(source=source, fields=fields, form=FORMATS[form], today=NOW.date(), base_currency="EUR")


async def exporting(database: Database, source: StoredSet) -> list[Figures]:
    """CSV of the set, against COPY TO of the same columns by the same joins."""

    async def copied() -> None:
        async def ignore(_data: bytes) -> None:
            return None

        async with database.snapshot() as connection:
            await connection.execute(load_queries("services.selection").join_by_hashing, HASHING_MEMORY)
            await connection.copy_from_query(
                FLOOR_EXPORT, ADMINISTRATION, source.set_id, output=ignore, format="csv", timeout=600
            )

    floor = await best(copied, 2)
    return [
        row(f"export {form}", source.members, Took(ours, floor), f"{floor / ours:.2f}", "at least 0.5")
        for form in ("csv", "csv-nl")
        if (ours := await best(partial(drain, database, export_of(source, form)), 2))
    ]


async def workbook(database: Database, scale: float) -> list[Figures]:
    """A workbook of 500,000 rows and 12 columns, and the memory that it takes."""
    order = SelectionOrder("items", parse(f"open_amount > 1 and {ANY_STATUS}", "items"), int(WORKBOOK_ROWS * scale))
    async with database.transaction() as connection:
        source = await run_selection(connection, scope(), order)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = await best(lambda: drain(database, export_of(source, "xlsx-nl")), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ratio = f"+{(peak - before) / 1024:.0f} MB"
    return [row("workbook of 12 columns", source.members, Took(seconds, seconds), ratio, "less than 64 MB")]


async def writing_off(database: Database, scale: float) -> list[Figures]:
    """From the first confirmation to the last request in the outbox."""
    day = before_for(WRITTEN_OFF * scale, scale)
    criteria = parse(f"item_date < {day} and {ANY_STATUS}", "items")
    async with database.transaction() as connection:
        made = await run_selection(connection, scope(), SelectionOrder("items", criteria))
        fixed = await fix_set(connection, scope(), made.set_id, "To be written off")
        await connection.execute(
            load_queries("services.selection").add_control_report,
            *(ADMINISTRATION, fixed.set_id, uuid4(), fixed.fingerprint, "csv", ["item_id"], 1, "e.maes", NOW, None),
        )
    start = time.perf_counter()
    wanted = WriteOffOrder(set_id=fixed.set_id, journal="A920", booking_date=None, note="", changed="leave-out")
    approver = Actor(
        employee="j.devries",
        administrations=frozenset({"*"}),
        roles=frozenset({Role.CLERK, Role.APPROVER}),
        token_id="bench",
    )
    async with database.transaction() as connection:
        batch = await request_writeoff(connection, scope(), wanted)
    async with database.transaction() as connection:
        approval = WriteOffApproval(items=batch.items, totals=batch.totals, fingerprint=batch.fingerprint)
        await confirm_writeoff(connection, scope(), batch.batch_id, approval, approver)
    worker = JobWorker(database, SERVICE.jobs)
    while await worker.advance_one():
        pass
    seconds = time.perf_counter() - start
    ratio = f"{batch.items / seconds:,.0f} items/s"
    return [row("confirm twice and publish", batch.items, Took(seconds, seconds), ratio, "")]


async def measure(at: Stage, scale: float) -> list[Figures]:
    owner: OwnConnection = await asyncpg.connect(
        at.postgres.url(database=DATABASE), server_settings={"search_path": "selection"}
    )
    database = await open_database(at.settings(SERVICE))
    try:
        await fill(owner, scale)
        figures = await workbook(database, scale)
        figures += await counting(database, scale)
        made, everything = await making(database, owner, scale)
        figures += made + await exporting(database, everything)
        return figures + await writing_off(database, scale)
    finally:
        await database.close()
        await owner.close()


async def run(scale: float) -> list[Figures]:
    async with stage(SERVICE) as at:
        return await measure(at, scale)


def main(scale: float = FULL) -> dict[str, object]:
    """Print the table; what was measured, for the file of all figures."""
    figures = asyncio.run(run(scale))
    say(table(f"selection, {int(ITEMS * scale):,} items", figures))
    return {"scale": scale, "figures": figures}


if __name__ == "__main__":
    run_alone(main)
