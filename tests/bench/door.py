"""Events by HTTP: `POST /v1/events` in full requests of new postings, against COPY of what it keeps into the outbox.

The application answers in this process, without a socket; PostgreSQL commits as in production. The relay stands still:
what is published meanwhile takes the same on both sides.

A machine's neighbours move the clock; `cpu_microseconds` is what an event costs in this process and in the database's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil
from httpx import AsyncClient

from chassis.database import open_database
from chassis.outbox import COLUMNS
from chassis.process import tend_garbage
from chassis.service import assemble
from services.matching.api.foreign_events import MAX_EVENTS
from services.matching.app import SERVICE
from tests.bench.scale import FULL, repeats, run_alone, scaled
from tests.bench.stage import RUNS, Figures, Stage, say, stage, table
from tests.chassis.issuer import Issuer
from tests.events import posted
from tests.support.desk import app_of, client_of, expected, no_lag

REQUESTS = 60
REQUESTS_LEAST = 4
PARTIES = 20_000


def bodies(requests: int) -> list[bytes]:
    """Full requests of distinct postings, as a library system says them."""
    event = posted("ITEM", party_id="PARTY", branch="central", invoice_number="2026-10881", loan_id="L-1")
    text = f'{{"topic": "item-posted", "data": {event.model_dump_json(exclude_unset=True)}}}'

    def one(number: int) -> str:
        return text.replace("ITEM", f"I{number:08}").replace("PARTY", f"P{number % PARTIES:06}")

    starts = range(0, requests * MAX_EVENTS, MAX_EVENTS)
    return [f'{{"events": [{", ".join(map(one, range(start, start + MAX_EVENTS)))}]}}'.encode() for start in starts]


def cpu_seconds(at: Stage) -> float:
    """What this process and the database's have worked so far; unlike the clock, no neighbour has a part in it."""
    server = psutil.Process(at.postgres.child.pid)
    used = [process.cpu_times() for process in (psutil.Process(), server, *server.children(recursive=True))]
    return sum(times.user + times.system for times in used)


async def door_seconds(client: AsyncClient, requests: list[bytes]) -> float:
    """From the first request to the answer of the last, one after the other."""
    begun = time.perf_counter()
    for number, body in enumerate(requests):
        headers = {"idempotency-key": f"{begun}-{number}", "content-type": "application/json"}
        answer = expected(await client.post("/v1/events", content=body, headers=headers), 202).json()
        assert (answer["accepted"], answer["refused"]) == (MAX_EVENTS, [])
    return time.perf_counter() - begun


async def measure(at: Stage, requests: int, runs: int) -> list[Figures]:
    """Each run with an empty outbox: all requests, then COPY of the rows that they made."""
    tend_garbage()
    settings = at.settings(SERVICE)
    database = await open_database(settings)
    with tempfile.TemporaryDirectory() as folder:
        issuer = Issuer(Path(folder) / "jwks.json")
        client = client_of(app_of(SERVICE, assemble(SERVICE, settings, database), issuer, no_lag))
        client.headers.update(issuer.bearer(sub="o.hansen", roles=["operator"], administrations=["*"]))
        sent, taken, copied, worked = bodies(requests), [], [], []
        async with client:
            for _ in range(runs):
                await database.pool.execute("DELETE FROM outbox")
                begun = cpu_seconds(at)
                taken.append(await door_seconds(client, sent))
                worked.append(cpu_seconds(at) - begun)
                rows = [tuple(row) for row in await database.pool.fetch(f"SELECT {', '.join(COLUMNS)} FROM outbox")]  # noqa: S608 - our own names
                await database.pool.execute("DELETE FROM outbox")
                begun = time.perf_counter()
                await database.pool.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
                copied.append(time.perf_counter() - begun)
    await database.close()
    events, door, floor = requests * MAX_EVENTS, median(taken), median(copied)
    return [
        {
            "work": "POST /v1/events",
            "events": events,
            "per_second": events / door,
            "ratio": floor / door,
            "cpu_microseconds": median(worked) / events * 1_000_000,
        }
    ]


async def _measured(scale: float) -> list[Figures]:
    async with stage(SERVICE) as at:
        return await measure(at, scaled(REQUESTS, scale, REQUESTS_LEAST), repeats(RUNS, scale))


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(_measured(scale))
    say(table("Events by HTTP", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
