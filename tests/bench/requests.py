"""Match requests through the topics: one party, ten lines each, from the request sent to the match published.

First as fast as they go, then at half that rate for the latency that others see. The service is a process of its own,
as deployed; the floor is what it takes of `item-posted` in the same run.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.database import OwnConnection
from chassis.kafka import new_producer, partition_of
from contracts.envelope import Envelope, Headers, write_headers
from contracts.event import Event
from contracts.writeoff import MatchRequested
from deploy.embedded.postgres.databases import DATABASE
from services.matching.app import SERVICE
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import PARTITIONS, Figures, Stage, say, stage, table
from tests.bench.writeoff import process
from tests.bench.writeoff_streams import seconds_until
from tests.chassis.issuer import Issuer
from tests.services.matching.library import configured, posted, requested

REQUESTS = 6_000
REQUESTS_LEAST = 400
LINES = 10
LIMIT_SECONDS = 300.0
FETCH_WAIT_MS = 20
MEBIBYTE = 1024 * 1024
PERCENTILE = 0.99
WIDE = {"fiscal_periods": [{"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}]}


def party_of(number: int) -> str:
    """Each request has a party of its own."""
    return f"P{number:07}"


def request_of(number: int) -> MatchRequested:
    """Five charges against five credits of one party."""
    amounts = {f"I{number:07}-{line}": 500 * (1 if line % 2 else -1) for line in range(LINES)}
    return requested(
        amounts,
        party_id=party_of(number),
        method="manual",
        journal="M90",
        contra=None,
        request_id=UUID(int=number + 1),
    )


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that needs nothing but sending."""

    topic: str
    key: str
    body: bytes
    partition: int
    headers: Headers


def ready(event: Event) -> Ready:
    """An event made ready before the clock runs."""
    headers = write_headers(type(event), Envelope(f"{event.topic}-{time.monotonic_ns()}", "bench", datetime.now(UTC)))
    body = event.model_dump_json(exclude_unset=True).encode()
    return Ready(event.topic, event.key, body, partition_of(event.key, PARTITIONS), headers)


async def send(producer: AIOKafkaProducer, event: Ready) -> None:
    """Send one event; it is on its way when this returns."""
    await producer.send(
        event.topic, event.body, key=event.key.encode(), partition=event.partition, headers=event.headers
    )


async def fill(connection: OwnConnection, producer: AIOKafkaProducer, requests: int) -> float:
    """Post what the requests are about; gives the items a second that the service took."""
    await send(producer, ready(configured(**WIDE)))
    sending = asyncio.create_task(_post(producer, requests))
    await seconds_until(connection, "SELECT count(*) FROM item", 1)
    seconds = await seconds_until(connection, "SELECT count(*) FROM item", requests * LINES)
    await sending
    return requests * LINES / seconds


async def _post(producer: AIOKafkaProducer, requests: int) -> None:
    for number in range(requests):
        for item_id, amount in ((line.item_id, line.amount) for line in request_of(number).lines):
            await send(producer, ready(posted(item_id, amount, party_id=party_of(number))))


async def answers(consumer: AIOKafkaConsumer, count: int) -> dict[str, float]:
    """When each party's match came out, by key."""
    seen: dict[str, float] = {}
    async with asyncio.timeout(LIMIT_SECONDS):
        while len(seen) < count:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                now = time.perf_counter()
                seen |= {record.key.decode(): now for record in records}
    return seen


async def at_full_speed(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, requests: Sequence[Ready]) -> float:
    """Requests a second, from the first sent to the last match published."""
    waiting = asyncio.create_task(answers(consumer, len(requests)))
    start = time.perf_counter()
    for request in requests:
        await send(producer, request)
    return len(requests) / (max((await waiting).values()) - start)


async def at_a_rate(
    producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, requests: Sequence[Ready], rate: float
) -> list[float]:
    """Seconds from sending each request to its match, sent at a steady rate whatever comes back."""
    waiting = asyncio.create_task(answers(consumer, len(requests)))
    sent: dict[str, float] = {}
    start = time.perf_counter()
    for position, request in enumerate(requests):
        await asyncio.sleep(max(0.0, start + position / rate - time.perf_counter()))
        sent[request.key] = time.perf_counter()
        await send(producer, request)
    came = await waiting
    return sorted(came[key] - at for key, at in sent.items())


def at_percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the ordered ones does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def measure(requests: int) -> list[Figures]:
    """The ledger as a process of its own: its ingest as the floor, then the requests through the topics."""
    async with stage(SERVICE) as at:
        with tempfile.TemporaryDirectory() as folder:
            issuer = Issuer(Path(folder) / "jwks.json")
            connection: OwnConnection = await asyncpg.connect(
                at.postgres.url(database=DATABASE), server_settings={"search_path": SERVICE.name}
            )
            try:
                async with process(at, SERVICE, issuer.path):
                    return [await _through_the_topic(at, connection, requests)]
            finally:
                await connection.close()


async def _through_the_topic(at: Stage, connection: OwnConnection, requests: int) -> Figures:
    half = requests // 2
    consumer = AIOKafkaConsumer("items-matched", bootstrap_servers=at.broker.bootstrap, fetch_max_wait_ms=FETCH_WAIT_MS)
    async with new_producer(at.settings(SERVICE).kafka) as producer, consumer:
        ingest = await fill(connection, producer, requests)
        prepared = [ready(request_of(number)) for number in range(requests)]
        rate = await at_full_speed(producer, consumer, prepared[:half])
        latencies = await at_a_rate(producer, consumer, prepared[half:], rate / 2)
    return {
        "work": f"requests of {LINES} lines",
        "requests": requests,
        "per_second": rate,
        "lines_per_second": rate * LINES,
        "ratio_to_ingest": rate * LINES / ingest,
        "p50_ms_at_half": at_percentile(latencies, 0.5) * 1_000,
        "p99_ms_at_half": at_percentile(latencies, PERCENTILE) * 1_000,
        "service_mib": memory_of(SERVICE.name),
    }


def memory_of(name: str) -> float:
    """What the service's process holds now, in MiB."""
    own = psutil.Process().children(recursive=True)
    return max(child.memory_info().rss for child in own if f"services.{name}" in child.cmdline()) / MEBIBYTE


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scaled(REQUESTS, scale, REQUESTS_LEAST)))
    say(table("Match requests, from the topic to the topic", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
