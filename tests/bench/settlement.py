"""Mass settlement and its undo through the service's runs, against computing and storing the allocations alone.

The floor is the best plain statement known: cumulative sums, merged boundaries, and INSERT … SELECT of the allocations
into a table with one index, over the same chunks. It locks nothing, keeps no open amounts, books no entries and tells
nobody.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import psutil

from chassis.database import Connection, Database, OwnConnection, open_database
from chassis.jobs import JobWorker
from chassis.queries import load_queries
from contracts.operators import AdministrationConfigured
from deploy.embedded.postgres.databases import DATABASE
from read_model.parties import take_administration_configured
from services.matching.app import SERVICE
from services.matching.domain.forms import RunUndoForm, SettlementForm
from services.matching.operations.run_steps import NewRun
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.undoing import queue_undo
from services.matching.store.runs import CHUNK_ITEMS
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.events import received
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE, TODAY, configured, settlement

ITEMS = 1_000_000
ITEMS_PER_PARTY = 10
GIANT_ITEMS = 400_000
SAMPLE_SECONDS = 0.2
MEBIBYTE = 1024 * 1024

TABLES = ("item", "item_state", "open_item", "match", "account", "outbox", "job")

ACCOUNTS = """
INSERT INTO account SELECT $1, 'p' || lpad(party::text, 8, '0') FROM generate_series(1, $2::bigint) AS party
"""
ITEM_ROWS = """
INSERT INTO item (
    administration, party_id, item_id, amount, fingerprint, item_date, kind, currency, journal, voucher
)
SELECT
    $1, 'p' || lpad(party::text, 8, '0'), 'i' || party || '-' || n, amount, 0,
    date '2020-01-01' + ((party * 31 + n * 17) % 1500)::integer,
    CASE WHEN amount > 0 THEN 'fine' ELSE 'payment' END, 'EUR', 'V10', 'v' || (party * 7 + n)
FROM generate_series(1, $2::bigint) AS party
CROSS JOIN generate_series(1, $3::bigint) AS n
CROSS JOIN LATERAL (
    SELECT (CASE WHEN n % 2 = 0 THEN -1 ELSE 1 END)
        * (100 + (party * 131 + (CASE WHEN $4 THEN (n + 1) / 2 ELSE n END) * 7919) % 4900) AS amount
) AS drawn
"""
OPEN_ROWS = """
INSERT INTO open_item (
    administration, party_id, currency, side, held, item_date, voucher, item_id, amount, open_amount, version
)
SELECT administration, party_id, currency, sign(amount), false, item_date, voucher, item_id, amount, amount, 0
FROM item
ORDER BY administration, party_id, currency, sign(amount), item_date, voucher, item_id
"""
FLOOR_TABLE = """
CREATE TABLE IF NOT EXISTS allocation (
    administration text COLLATE "C", party_id text COLLATE "C", charge bigint, credit bigint, amount bigint NOT NULL,
    PRIMARY KEY (administration, party_id, charge, credit)
)
"""
FLOOR = """
INSERT INTO allocation
WITH ordered AS (
    SELECT
        administration, party_id, currency, side,
        row_number() OVER side_of_account AS place,
        sum(abs(open_amount)) OVER side_of_account AS reach
    FROM open_item
    WHERE NOT held AND administration = $1 AND party_id = ANY($2::text[])
    WINDOW side_of_account AS (
        PARTITION BY administration, party_id, currency, side ORDER BY item_date, voucher, item_id
        ROWS UNBOUNDED PRECEDING
    )
), merged AS (
    SELECT
        administration, party_id,
        reach - coalesce(lag(reach) OVER rising, 0) AS amount,
        min(place) FILTER (WHERE side = 1) OVER falling AS charge,
        min(place) FILTER (WHERE side = -1) OVER falling AS credit
    FROM ordered
    WINDOW
        rising AS (PARTITION BY administration, party_id, currency ORDER BY reach),
        falling AS (PARTITION BY administration, party_id, currency ORDER BY reach DESC)
)
SELECT administration, party_id, charge, credit, amount
FROM merged
WHERE amount > 0 AND charge IS NOT NULL AND credit IS NOT NULL
"""


@dataclass(slots=True)
class Memory:
    """The most that one process had to itself, in MiB, shared buffers left out."""

    service: float = 0.0
    database: float = 0.0


@contextmanager
def watched() -> Iterator[Memory]:
    """Sample this process and the database's while the block runs."""
    seen, done = Memory(), threading.Event()

    def sample() -> None:
        own = psutil.Process()
        while not done.wait(SAMPLE_SECONDS):
            seen.service = max(seen.service, own.memory_info().rss / MEBIBYTE)
            for process in own.children(recursive=True):
                try:
                    if process.name() == "postgres":
                        seen.database = max(seen.database, process.memory_full_info().uss / MEBIBYTE)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


@dataclass(slots=True)
class Bench:
    """The ledger under measurement: as its owner, and as the service."""

    owner: OwnConnection
    database: Database
    worker: JobWorker

    async def fill(self, parties: int, per_party: int, *, paired: bool = False) -> None:
        """An empty ledger with distinct accounts; `paired` makes each credit the exact opposite of a charge."""
        await self.owner.execute(f"TRUNCATE {', '.join(TABLES)}, allocation")
        await self.owner.execute(ACCOUNTS, ADMINISTRATION, parties)
        await self.owner.execute(ITEM_ROWS, ADMINISTRATION, parties, per_party, paired, timeout=600)
        await self.owner.execute(OPEN_ROWS, timeout=600)
        for name in ("item", "open_item", "account"):
            await self.owner.execute(f"VACUUM ANALYZE {name}", timeout=600)
        await self.owner.execute("CHECKPOINT", timeout=600)

    async def floor_seconds(self) -> tuple[float, int]:
        """The floor over the service's own chunks; gives the number of allocations too."""
        queries, after, allocations = load_queries("services.matching"), "", 0
        start = time.perf_counter()
        while True:
            rows = await self.owner.fetch(
                queries.next_parties, ADMINISTRATION, after, None, None, None, None, None, CHUNK_ITEMS
            )
            if not rows:
                return time.perf_counter() - start, allocations
            parties = [row["party_id"] for row in rows]
            status = await self.owner.execute(FLOOR, ADMINISTRATION, parties, timeout=600)
            allocations, after = allocations + int(status.rpartition(" ")[2]), parties[-1]

    async def run_seconds(self, queue: Callable[[Connection, NewRun], Awaitable[None]]) -> tuple[float, UUID]:
        """A run from its request to its last chunk, through the service's job worker."""
        run_id = uuid4()
        start = time.perf_counter()
        async with self.database.transaction() as connection:
            await queue(connection, NewRun(ADMINISTRATION, run_id, EMPLOYEE))
        while await self.worker.advance_one():
            pass
        seconds = time.perf_counter() - start
        state = await self.owner.fetchval("SELECT state FROM job WHERE job_id = $1", run_id)
        assert state == "done", f"the run is {state}"
        return seconds, run_id

    async def settle_seconds(self, form: SettlementForm) -> tuple[float, UUID]:
        """A run that matches at once."""
        return await self.run_seconds(lambda connection, run: queue_settlement(connection, run, form))

    async def undo_seconds(self, run_id: UUID) -> float:
        """The undo of a run."""
        form = RunUndoForm(date=TODAY)
        seconds, _ = await self.run_seconds(lambda connection, undo: queue_undo(connection, undo, run_id, form))
        return seconds


async def open_bench(at: Stage, configuration: AdministrationConfigured) -> Bench:
    """The service's ledger, configured and empty."""
    owner = await asyncpg.connect(
        at.postgres.url(database=DATABASE), server_settings={"search_path": SERVICE.name, "jit": "off"}
    )
    await owner.execute(FLOOR_TABLE)
    database = await open_database(at.settings(SERVICE))
    async with database.transaction() as connection:
        await take_administration_configured(connection, [received(configuration)])
    return Bench(owner, database, JobWorker(database, SERVICE.jobs))


async def settlement_rows(bench: Bench, work: str, parties: int, per_party: int) -> list[Figures]:
    """Oldest first over a ledger and the undo of it, each against the floor of the same ledger."""
    await bench.fill(parties, per_party)
    floor, allocations = await bench.floor_seconds()
    with watched() as memory:
        seconds, run_id = await bench.settle_seconds(settlement())
    rows = [_row(f"oldest first, {work}", parties * per_party, seconds, floor, memory)]
    with watched() as memory:
        undo = await bench.undo_seconds(run_id)
    left = await bench.owner.fetchval("SELECT count(*) FROM open_item WHERE open_amount <> amount")
    assert left == 0, f"undo left {left} items that are not as they were"
    return [*rows, _row(f"undo of {allocations:,} allocations", parties * per_party, undo, floor, memory)]


async def method_rows(bench: Bench, parties: int, per_party: int) -> list[Figures]:
    """Account balance and opposite items over a ledger in which everything matches."""
    rows = []
    for method in ("account-balance", "opposite-items"):
        await bench.fill(parties, per_party, paired=True)
        floor, _ = await bench.floor_seconds()
        with watched() as memory:
            seconds, _ = await bench.settle_seconds(settlement(method=method))
        assert await bench.owner.fetchval("SELECT count(*) FROM open_item") == 0
        rows.append(_row(method, parties * per_party, seconds, floor, memory))
    return rows


def _row(work: str, items: int, seconds: float, floor: float, memory: Memory) -> Figures:
    return {
        "work": work,
        "items": items,
        "seconds": seconds,
        "per_second": items / seconds,
        "floor_seconds": floor,
        "ratio": floor / seconds,
        "service_mib": memory.service,
        "database_mib": memory.database,
    }


async def measure(scale: float) -> list[Figures]:
    """Oldest first at one size, at three times of it and in one giant account, then the other methods."""
    items = scaled(ITEMS, scale, ITEMS_PER_PARTY)
    async with stage(SERVICE) as at:
        bench = await open_bench(at, configured())
        try:
            parties = items // ITEMS_PER_PARTY
            rows = await settlement_rows(bench, f"{parties:,} parties", parties, ITEMS_PER_PARTY)
            rows += await settlement_rows(bench, f"{3 * parties:,} parties", 3 * parties, ITEMS_PER_PARTY)
            rows += await settlement_rows(bench, "one party", 1, scaled(GIANT_ITEMS, scale, ITEMS_PER_PARTY))
            rows += await method_rows(bench, parties, ITEMS_PER_PARTY)
        finally:
            await bench.database.close()
            await bench.owner.close()
    return rows


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table("Mass settlement (floor: computing and storing the allocations)", rows))
    small, large = (float(rows[n]["seconds"]) for n in (0, 2))
    say(f"three times the items cost {large / small:.2f} times as much")
    return rows


if __name__ == "__main__":
    run_alone(main)
