"""Write-offs: single ones and a batch through the topics, and by hand at a steady rate.

Ledger and write-off service are processes of their own, as deployed. The floor is what the write-off service itself
takes of `item-posted` in the same run.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis.database import OwnConnection
from chassis.service import Service
from contracts.event import Event
from deploy.embedded.postgres.databases import DATABASE
from deploy.embedded.processes.ports import free_port
from services.matching.app import SERVICE as MATCHING
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.bench.steady import Client, at_a_rate, client_of
from tests.bench.writeoff_streams import (
    batch_items,
    items,
    manual_items,
    one_batch,
    seconds_until,
    send,
    single_requests,
)
from tests.chassis.issuer import AUDIENCE, ISSUER, Issuer
from tests.services.writeoff.library import ADMINISTRATION, configured

WRITE_OFFS = 100_000
WRITE_OFFS_LEAST = 2_000
MANUAL = 2_000
MANUAL_LEAST = 40
RATE_PER_SECOND = 200
WARMING_UP = 0.25
WIDE = {"fiscal_periods": [{"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}]}


@asynccontextmanager
async def process(at: Stage, service: Service, jwks: Path) -> AsyncIterator[str]:
    """The service as a process; gives its address, and ends it afterwards."""
    port = free_port()
    settings = at.settings(service)
    environment = os.environ | {
        "OPENITEMS_DATABASE_URL": settings.database_url.get_secret_value(),
        "OPENITEMS_HTTP_PORT": str(port),
        "OPENITEMS_JWKS_FILE": str(jwks),
        "OPENITEMS_TOKEN_ISSUER": ISSUER,
        "OPENITEMS_TOKEN_AUDIENCE": AUDIENCE,
        "OPENITEMS_LOG_LEVEL": "ERROR",
    }
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", f"services.{service.name}", env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.send_signal(signal.SIGTERM)
        await child.wait()


def row(work: str, count: int, seconds: float, floor: float) -> Figures:
    """A line of the table; `floor` is items a second, 0 for the floor itself."""
    return {
        "work": work,
        "count": count,
        "seconds": seconds,
        "per_second": count / seconds,
        "ratio_to_ingest": count / seconds / floor if floor else 1.0,
    }


async def ingested(connection: OwnConnection, at: Stage, events: Iterable[Event], count: int) -> float:
    """Items a second that the write-off service takes."""
    sending = asyncio.create_task(send(at, events))
    seconds = await seconds_until(connection, "SELECT count(*) FROM item", count)
    await sending
    return count / seconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many write-offs through the topics (half as many again in one batch), and how many by hand."""

    write_offs: int
    manual: int

    @property
    def batch(self) -> int:
        """Items of the one batch, each of a party of its own."""
        return self.write_offs // 2

    @property
    def items(self) -> int:
        """All that is posted beforehand."""
        return self.write_offs + self.batch + self.manual


@dataclass(frozen=True, slots=True)
class Api:
    """Where the write-off service answers, and who issues the tokens that it takes."""

    url: str
    issuer: Issuer


async def measure_topics(wanted: Wanted) -> list[Figures]:
    """Single write-offs and one batch through the topics, then by hand at a steady rate."""
    async with stage(MATCHING, WRITEOFF) as at:
        with tempfile.TemporaryDirectory() as folder:
            issuer = Issuer(Path(folder) / "jwks.json")
            async with (
                process(at, MATCHING, issuer.path),
                process(at, WRITEOFF, issuer.path) as url,
                connected(at) as connection,
            ):
                rows = await _topics(at, connection, wanted)
                return rows + await by_hand(connection, Api(url, issuer), wanted.manual)


async def _topics(at: Stage, connection: OwnConnection, wanted: Wanted) -> list[Figures]:
    postings = (items(wanted.write_offs), batch_items(wanted.batch), manual_items(wanted.manual))
    floor = await ingested(connection, at, itertools.chain([configured(**WIDE)], *postings), wanted.items)
    await _settled(connection, at)
    rows: list[Figures] = [row("ingest of item-posted", wanted.items, wanted.items / floor, 0)]
    await send(at, single_requests(wanted.write_offs))
    seconds = await seconds_until(connection, "SELECT count(*) FROM batch_outcome", wanted.write_offs)
    rows.append(row("single write-offs, request to outcome", wanted.write_offs, seconds, floor))
    start = time.perf_counter()
    await send(at, one_batch(wanted.batch, 0))
    await seconds_until(connection, "SELECT count(*) FROM batch_outcome", wanted.write_offs + 1)
    rows.append(row("one batch, first request to outcome", wanted.batch, time.perf_counter() - start, floor))
    return rows


async def _settled(connection: OwnConnection, at: Stage) -> None:
    """Let the ledger take all items too, so that it is not measured with what comes next."""
    expected = await connection.fetchval("SELECT count(*) FROM item")
    await seconds_until(connection, "SELECT count(*) FROM matching.item", expected)
    await analyse(connection)
    assert at.broker.bootstrap


async def analyse(connection: OwnConnection) -> None:
    """Statistics as autovacuum would have them by now: of tables that have something in them."""
    for found in await connection.fetch(FILLED):
        await connection.execute(f"ANALYZE {found['name']}")


FILLED = """
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN ('selection', 'matching', 'writeoff') AND pg_relation_size(c.oid) > 0
"""


async def by_hand(connection: OwnConnection, api: Api, count: int) -> list[Figures]:
    """Previewed before, then confirmed at RATE_PER_SECOND whether or not the earlier ones are answered.

    The first WARMING_UP share is not counted: connections are opened and statements planned then.
    """
    headers = api.issuer.bearer(administrations=[ADMINISTRATION], roles=["clerk"])
    path = f"/v1/administrations/{ADMINISTRATION}/write-offs"
    async with client_of(api.url, headers) as client:
        commands = [await _previewed(client, path, number) for number in range(count)]
        given = await at_a_rate(client, path, commands, RATE_PER_SECOND)
        await seconds_until(connection, MANUAL_ANSWERS, count)
    answered = {
        str(found["request_id"]): found["answered_at"].timestamp() for found in await connection.fetch(ANSWERED)
    }
    given = given[int(count * WARMING_UP) :]
    latencies = [answered[json.loads(answer.body)["request_id"]] - answer.due_at for answer in given]
    posts = [answer.seconds for answer in given]
    return [percentiles("by hand: request to 202", posts), percentiles("by hand: request to answered", latencies)]


MANUAL_ANSWERS = """
SELECT count(*) FROM answer INNER JOIN ask USING (administration, party_id, ask_id)
INNER JOIN request USING (administration, party_id, request_id) WHERE request.origin = 'manual'
"""
ANSWERED = """
SELECT ask.request_id, answer.answered_at FROM answer INNER JOIN ask USING (administration, party_id, ask_id)
INNER JOIN request USING (administration, party_id, request_id) WHERE request.origin = 'manual'
"""


async def _previewed(client: Client, path: str, number: int) -> bytes:
    """The command that confirms a preview."""
    wish = {"party_id": f"R{number:07}", "lines": [{"item_id": f"M{number:08}"}], "journal": "A200"}
    preview = json.loads(await client.post(f"{path}/preview", json.dumps(wish).encode()))
    return json.dumps(wish | {"fingerprint": preview["fingerprint"]}).encode()


def percentiles(work: str, seconds: list[float]) -> Figures:
    """A line of the table: the median and the 99th percentile of seconds, in milliseconds."""
    ordered = sorted(seconds)
    at = [1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99)]
    return {"work": work, "count": len(ordered), "p50_ms": at[0], "p99_ms": at[1], "rate_per_second": RATE_PER_SECOND}


@asynccontextmanager
async def connected(at: Stage) -> AsyncIterator[OwnConnection]:
    """A connection as the server's administrator, in the service's schema."""
    connection: OwnConnection = await asyncpg.connect(
        at.postgres.url(database=DATABASE), server_settings={"search_path": "writeoff"}
    )
    try:
        yield connection
    finally:
        await connection.close()


def main(scale: float = FULL) -> dict[str, list[Figures]]:
    """Measure at a scale (1 is in full), print both tables, give their rows."""
    wanted = Wanted(scaled(WRITE_OFFS, scale, WRITE_OFFS_LEAST), scaled(MANUAL, scale, MANUAL_LEAST))
    rows = asyncio.run(measure_topics(wanted))
    figures = {
        "streams": [found for found in rows if "per_second" in found],
        "by_hand": [found for found in rows if "p99_ms" in found],
    }
    say(table("Write-offs (floor: ingest of item-posted by the same service)", figures["streams"]))
    say(table(f"By hand, at {RATE_PER_SECOND} a second", figures["by_hand"]))
    return figures


if __name__ == "__main__":
    run_alone(main)
