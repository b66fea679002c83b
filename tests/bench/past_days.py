"""Past days: what was open on one of them against what is open today, and the audit of all of them against today's.

Three years of a library: charges that are paid within weeks in two parts, some of them undone and paid again, a tenth
of them never paid. The floor of a report is the same report as of today, that of the audit is the audit of today alone.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg

from chassis.database import Connection
from contracts.operators import AdministrationConfigured
from services.matching.app import SERVICE
from services.matching.domain.ageing import AgeScale, check_buckets
from services.matching.domain.criteria import EVERY_PARTY
from services.matching.operations import reports
from services.matching.operations.audit import audit, audit_of_today
from tests.bench.scale import FULL, repeats, run_alone, scaled
from tests.bench.settlement import ACCOUNTS, ITEMS_PER_PARTY, Bench, Memory, open_bench, watched
from tests.bench.stage import RUNS, Figures, say, stage, table
from tests.services.matching.library import ADMINISTRATION, configured

ITEMS = 1_000_000
TODAY = date(2026, 11, 30)
DAYS = 3 * 365
FIRST = TODAY - timedelta(days=DAYS)
PAST = {"a month ago": 30, "a year ago": 365, "two years ago": 730}
SCALE = AgeScale("due-date", check_buckets([1, 31, 61, 91]))

ITEM_ROWS = """
INSERT INTO item (
    administration, party_id, item_id, amount, fingerprint, item_date, due_date, kind, currency, journal, voucher
)
SELECT
    $1, 'p' || lpad(party::text, 8, '0'), 'i' || party || '-' || n, CASE WHEN n % 2 = 0 THEN -amount ELSE amount END, 0,
    day, day + 30, CASE WHEN n % 2 = 0 THEN 'payment' ELSE 'fine' END, 'EUR',
    CASE WHEN n % 2 = 0 THEN 'B10' ELSE 'V10' END,
    'v' || (party * 7 + n)
FROM generate_series(1, $2::bigint) AS party
CROSS JOIN generate_series(1, $3::bigint) AS n
CROSS JOIN LATERAL (
    SELECT
        100 + (party * 131 + (n + 1) / 2 * 7919) % 4900 AS amount,
        $4::date + ((party * 31 + (n + 1) / 2 * 1009) % ($5::integer - 60))::integer
            + CASE WHEN n % 2 = 0 THEN 14 ELSE 0 END AS day
) AS drawn
"""
MATCH_ROWS = """
INSERT INTO match (
    administration, party_id, match_date, touched_on, fiscal_year, period, settlement_information, method, journal,
    currency, employee, item_ids, amounts, open_amounts
)
SELECT
    charge.administration, charge.party_id, payment.item_date + part.days, payment.item_date,
    extract(year FROM payment.item_date + part.days), extract(month FROM payment.item_date + part.days), true,
    'oldest-first', 'M90', 'EUR', 'e.maes', ARRAY[payment.item_id, charge.item_id], ARRAY[part.amount, -part.amount],
    ARRAY[-part.left_open, part.left_open]
FROM item AS charge
JOIN item AS payment
    ON payment.administration = charge.administration
    AND payment.party_id = charge.party_id
    AND payment.item_id = split_part(charge.item_id, '-', 1) || '-' || (split_part(charge.item_id, '-', 2)::integer + 1)
CROSS JOIN LATERAL (
    VALUES (0, charge.amount - charge.amount / 2, charge.amount / 2), (30, charge.amount / 2, 0)
) AS part (days, amount, left_open)
WHERE charge.administration = $1 AND charge.amount > 0 AND charge.amount % 10 <> 0
ORDER BY charge.party_id, payment.item_date + part.days, charge.item_id
"""
REVERSAL_ROWS = """
WITH undone AS (
    INSERT INTO match (
        administration, party_id, reversal_of, match_date, touched_on, fiscal_year, period, settlement_information,
        method, journal, currency, employee, item_ids, amounts, open_amounts
    )
    SELECT
        administration, party_id, match_id, match_date + 5, match_date, extract(year FROM match_date + 5),
        extract(month FROM match_date + 5), true, 'reversal', journal, currency, employee, item_ids,
        array_negative(amounts), open_amounts
    FROM match
    WHERE administration = $1 AND open_amounts[1] = 0 AND amounts[1] % 20 = 1
    RETURNING *
)
INSERT INTO match (
    administration, party_id, match_date, touched_on, fiscal_year, period, settlement_information, method, journal,
    currency, employee, item_ids, amounts, open_amounts
)
SELECT
    administration, party_id, match_date + 5, match_date, extract(year FROM match_date + 5),
    extract(month FROM match_date + 5), true, 'oldest-first', journal, currency, employee, item_ids,
    array_negative(amounts), ARRAY[0, 0]
FROM undone
"""
OPEN_ROWS = """
INSERT INTO open_item (
    administration, party_id, currency, side, held, item_date, voucher, item_id, amount, open_amount, version
)
SELECT administration, party_id, currency, sign(amount), false, item_date, voucher, item_id, amount, amount, 0
FROM item
WHERE abs(amount) % 10 = 0
ORDER BY administration, party_id, currency, sign(amount), item_date, voucher, item_id
"""
TABLES = "item, item_state, open_item, match, account, outbox, job"

Report = Callable[[Connection, date], AsyncGenerator[dict[str, Any], None]]


async def fill(owner: asyncpg.Connection[asyncpg.Record], items: int) -> None:
    """Three years of postings and of matches, in their own order."""
    parties = items // ITEMS_PER_PARTY
    await owner.execute(f"TRUNCATE {TABLES}")
    await owner.execute(ACCOUNTS, ADMINISTRATION, parties)
    await owner.execute(ITEM_ROWS, ADMINISTRATION, parties, ITEMS_PER_PARTY, FIRST, DAYS, timeout=600)
    await owner.execute("ANALYZE item")
    await owner.execute(MATCH_ROWS, ADMINISTRATION, timeout=600)
    await owner.execute(REVERSAL_ROWS, ADMINISTRATION, timeout=600)
    await owner.execute(OPEN_ROWS, timeout=600)
    for name in ("item", "open_item", "account", "match"):
        await owner.execute(f"VACUUM ANALYZE {name}", timeout=600)
    await owner.execute("CHECKPOINT", timeout=600)


async def read_seconds(bench: Bench, report: Report, day: date) -> float:
    """How long a report as of a day takes to its last row."""
    start = time.perf_counter()
    async with bench.database.snapshot() as connection:
        async for _ in report(connection, day):
            pass
    return time.perf_counter() - start


async def report_rows(bench: Bench, items: int, times: int) -> list[Figures]:
    """Each report as of past days, against the same as of today; the best of some runs of each, taken in turn."""
    reported: dict[str, Report] = {
        "open items": lambda connection, day: reports.open_items(connection, ADMINISTRATION, EVERY_PARTY, day),
        "ageing": lambda connection, day: reports.ageing(connection, ADMINISTRATION, EVERY_PARTY, day, SCALE),
    }
    rows = []
    for name, report in reported.items():
        days = {"today": TODAY} | {when: TODAY - timedelta(days=ago) for when, ago in PAST.items()}
        best = dict.fromkeys(days, float("inf"))
        with watched() as memory:
            for when, day in [pair for _ in range(times) for pair in days.items()]:
                seconds = await read_seconds(bench, report, day)
                best[when] = min(best[when], seconds)
        rows += [_row(f"{name}, {when}", items, best[when], best["today"], memory) for when in days]
    return rows


async def audit_rows(bench: Bench, items: int, times: int) -> list[Figures]:
    """The audit of all past days, against that of today alone."""
    whole = today = float("inf")
    with watched() as memory:
        for _ in range(times):
            for with_past_days in (False, True):
                start = time.perf_counter()
                async with bench.database.snapshot() as connection:
                    found = await (audit if with_past_days else audit_of_today)(connection, ADMINISTRATION)
                seconds = time.perf_counter() - start
                assert found.violations == (), found.violations[:3]
                whole, today = (min(whole, seconds), today) if with_past_days else (whole, min(today, seconds))
    return [
        _row("audit, today alone", items, today, today, memory),
        _row("audit, every past day", items, whole, today, memory),
    ]


def _row(work: str, items: int, seconds: float, today: float, memory: Memory) -> Figures:
    return {
        "work": work,
        "items": items,
        "seconds": seconds,
        "per_second": items / seconds,
        "times_today": seconds / today,
        "service_mib": memory.service,
        "database_mib": memory.database,
    }


def books() -> AdministrationConfigured:
    """The administration, with the months of all the years that are measured."""
    starts = [date(year, month, 1) for year in range(FIRST.year, TODAY.year + 2) for month in range(1, 13)]
    periods = [
        {
            "year": start.year,
            "period": start.month,
            "start": str(start),
            "end": str(following - timedelta(days=1)),
            "open": True,
        }
        for start, following in itertools.pairwise(starts)
    ]
    return configured(fiscal_periods=periods)


async def measure(scale: float) -> list[Figures]:
    """One ledger, its reports, its audit; and the audit of a third of it, to see that memory does not grow."""
    items, times = scaled(ITEMS, scale, ITEMS_PER_PARTY), repeats(RUNS, scale)
    async with stage(SERVICE) as at:
        bench = await open_bench(at, books())
        try:
            await fill(bench.owner, items // 3)
            rows = await audit_rows(bench, items // 3, 1)
            await fill(bench.owner, items)
            rows += await audit_rows(bench, items, times)
            rows += await report_rows(bench, items, times)
        finally:
            await bench.database.close()
            await bench.owner.close()
    return rows


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table("Past days (times_today: against the same of today)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
