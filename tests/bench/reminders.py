"""The control list against the plain join-and-group of the same rows; runs frozen, and issued with letters and fees.

Issuing is told as a ratio to ingest: the time in which the service takes as many `item-posted` through its whole path,
against the time in which it checks, prints, keeps, books and publishes as many reminders with a fee each. The same is
measured with blank letters, which leaves the typesetter out.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import asyncpg

from chassis.database import Database, OwnConnection, open_database
from chassis.jobs import JobWorker
from deploy.embedded.postgres.databases import DATABASE
from services.reminders.app import SERVICE
from services.reminders.documents.folder import FolderStore
from services.reminders.domain.criteria import ListCriteria, ListRequest, Preferences
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter
from services.reminders.letters.press import Press
from services.reminders.letters.renderer import Rendered
from services.reminders.operations import runs as operations
from services.reminders.operations.control_list import summarise_list
from services.reminders.operations.issue import Issuing
from services.reminders.operations.run_summaries import summarise_run
from services.reminders.store import runs as store
from services.reminders.store.runs import ReminderRun
from tests.bench.ingest import EVENTS_LEAST, Lanes, ingest_seconds, send
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.services.reminders.library import ADMINISTRATION, configured, profile

ITEMS = 1_000_000
ITEMS_PER_PARTY = 10
ITEMS_LEAST = 10_000
"""Of a thousand debtors, so that there are some to be reminded."""
LETTERS = 10_000
INGESTED = 50_000
ROUNDS = 3
TODAY = date(2026, 11, 22)
LIST_GOAL = 0.35
WARM_UP = 50
"""Debtors whose letters start the processes that set them: a service has them from its first run on."""
BLANK = b"%PDF-1.7\n% blank\n"

FILL = """
INSERT INTO party (
    administration, party_id, version, kind, name, debtor_type, street, postal_code, city, country, language, category,
    channel
)
SELECT $1, 'P' || lpad(n::text, 8, '0'), 1, 'debtor', 'Lezer ' || n, 'consumer', 'Korenmarkt ' || n % 99 + 1, '9000',
    'Gent', 'BE', (ARRAY['nl-BE', 'fr', 'da', 'en'])[1 + n % 4], (ARRAY['adult', 'youth', 'school'])[1 + n % 3],
    'letter'
FROM generate_series(1, $2::integer / $3::integer) AS n
"""
FILL_ITEMS = """
INSERT INTO item (
    administration, party_id, item_id, fingerprint, kind, amount, currency, journal, voucher, item_date, description,
    due_date, stated_status, blocked, in_payment_run, on_bank_statement, processed, open_amount
)
SELECT $1, 'P' || lpad((1 + n / $3::integer)::text, 8, '0'), 'I' || lpad(n::text, 9, '0'), n, 'fine', a.amount, 'EUR',
    'V10', '2026-' || n, d.day, 'Te laat', d.day + 30, 'open', n % 50 = 0, FALSE, FALSE, TRUE, a.amount
FROM generate_series(0, $2::integer - 1) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 20 = 7 THEN -100 - n % 700 ELSE 100 + n % 5000 END AS amount) AS a
CROSS JOIN LATERAL (SELECT date '2026-11-20' - (n::bigint * 7919 % 300)::integer AS day) AS d
"""
FLOOR = """
SELECT count(*), sum(g.items), sum(g.open_amount)
FROM (
    SELECT i.party_id, i.currency, count(*) AS items, sum(i.open_amount) AS open_amount
    FROM item AS i
    INNER JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
    WHERE i.administration = $1 AND i.open_amount <> 0
    GROUP BY i.party_id, i.currency
) AS g
"""


async def fill(owner: OwnConnection, items: int) -> None:
    """Items and their debtors, a tenth of them not due, some blocked, some credits."""
    configuration = configured(reminder_profiles=[profile(level_changes={"fee_amount": 750})])
    await owner.execute(
        "INSERT INTO administration VALUES ($1, 1, $2::jsonb)", ADMINISTRATION, configuration.model_dump_json()
    )
    await owner.execute(FILL, ADMINISTRATION, items, ITEMS_PER_PARTY)
    await owner.execute(FILL_ITEMS, ADMINISTRATION, items, ITEMS_PER_PARTY)
    await owner.execute("VACUUM ANALYZE item")
    await owner.execute("VACUUM ANALYZE party")


def request(parties: range | None = None) -> ListRequest:
    """What a clerk asks every week: who owes, and was not reminded lately; of all debtors, or from one to another."""
    preferences = Preferences(debtors="balance-positive", days_since_last_reminder=7)
    criteria = ListCriteria()
    if parties:
        criteria = ListCriteria(party_from=f"P{parties[0]:08d}", party_to=f"P{parties[-1]:08d}")
    return ListRequest(generation_date=TODAY, criteria=criteria, preferences=preferences)


async def list_row(owner: OwnConnection, database: Database, items: int) -> Figures:
    """A line of the table: join-and-group and the list in turns, ROUNDS times; the best of each."""
    floors, lists, listed = [], [], 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await owner.fetch(FLOOR, ADMINISTRATION)
        floors.append(time.perf_counter() - start)
        start = time.perf_counter()
        async with database.snapshot() as connection:
            listed = (await summarise_list(connection, ADMINISTRATION, request())).items
        lists.append(time.perf_counter() - start)
    assert listed
    return _row("control list, counted", items, min(lists), min(floors))


async def run_jobs(worker: JobWorker) -> float:
    """Seconds until no job is due."""
    start = time.perf_counter()
    while await worker.advance_one():
        pass
    return time.perf_counter() - start


async def make_run(database: Database, worker: JobWorker, wanted: ListRequest) -> tuple[ReminderRun, float]:
    """Freeze a list; the run, and how long it took."""
    async with database.transaction() as connection:
        run = await operations.queue_freezing(connection, ADMINISTRATION, wanted, "bench")
    return run, await run_jobs(worker)


async def issue(database: Database, worker: JobWorker, run: ReminderRun) -> float:
    """Issue a run by the service's own jobs; the seconds that took."""
    async with database.transaction() as connection:
        summary = await summarise_run(connection, await store.get_run(connection, ADMINISTRATION, run.run_id))
        await operations.queue_issuing(connection, summary.run, "bench", summary.fingerprint)
    return await run_jobs(worker)


async def measure(scale: float) -> list[Figures]:
    """Ingest, the control list, and runs frozen and issued, one after the other on one stage."""
    items, letters = scaled(ITEMS, scale, ITEMS_LEAST), scaled(LETTERS, scale)
    async with stage(SERVICE) as at:
        owner = await asyncpg.connect(
            at.postgres.url(database=DATABASE), server_settings={"search_path": SERVICE.name, "jit": "off"}
        )
        database = await open_database(at.settings(SERVICE))
        try:
            ingested = await ingest_row(at, owner, scaled(INGESTED, scale, EVENTS_LEAST))
            await fill(owner, items)
            listed = await list_row(owner, database, items)
            return [ingested, listed, *await run_rows(database, items, letters, ingested)]
        finally:
            await owner.close()
            await database.close()


class BlankPress(Press):
    """Prints the same blank page for everybody: what is left is everything but the typesetter."""

    async def print_all(self, letters: Sequence[Letter], style: HouseStyle) -> list[Rendered]:
        """As many blank pages, each with its reminder's id so that none is kept twice."""
        del style
        return [Rendered(letter.reminder_id, BLANK + letter.reminder_id.encode()) for letter in letters]


async def ingest_row(at: Stage, owner: OwnConnection, events: int) -> Figures:
    """Postings through the service's whole path; they are gone afterwards."""
    await send(at, SERVICE, Lanes.of(events))
    seconds = await ingest_seconds(at, SERVICE, events)
    await owner.execute("TRUNCATE item CASCADE")
    return _row("item-posted, ingested", events, seconds, 0)


async def run_rows(database: Database, items: int, letters: int, ingested: Figures) -> list[Figures]:
    """Freezing everything, and issuing some of it: letters for the first debtors, blank ones for as many after them."""
    kinds = dict(SERVICE.jobs)
    worker = JobWorker(database, kinds)
    _, frozen = await make_run(database, worker, request())
    rows = [_row("run, frozen", items, frozen, 0)]
    for number, (work, press) in enumerate(PRESSES.items()):
        first = 1 + number * (WARM_UP + letters)
        with tempfile.TemporaryDirectory() as folder:
            kinds[operations.ISSUE_RUN] = Issuing(press, FolderStore(Path(folder))).advance_issuing
            warm, _ = await make_run(database, worker, request(range(first, first + WARM_UP)))
            await issue(database, worker, warm)
            run, _ = await make_run(database, worker, request(range(first + WARM_UP, first + WARM_UP + letters)))
            issued = await issue(database, worker, run)
            await press.close()
        sent = await database.pool.fetchval("SELECT count(*) FROM reminder WHERE run_id = $1", run.run_id)
        rows.append(_row(work, sent, issued, sent / float(ingested["per_second"])))
    return rows


PRESSES = {"reminders, issued with letters and fees": Press(), "the same with blank letters": BlankPress()}


def _row(work: str, count: int, seconds: float, floor: float) -> Figures:
    return {
        "work": work,
        "count": count,
        "seconds": seconds,
        "per_second": count / seconds,
        "floor_seconds": floor,
        "ratio": round(floor / seconds, 4),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table(f"Reminders (control list: goal {LIST_GOAL} of join-and-group)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
