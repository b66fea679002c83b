"""Match requests through the topics: one party, ten lines each, from the request sent to the match published.

First as fast as they go, then at half that rate for the latency that others see. The service's consumer and relay run
in this process, on the embedded broker; the floor is what the consumer takes of `item-posted` in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.database import open_database
from chassis.kafka import new_producer, partition_of
from chassis.service import Runtime, assemble
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from contracts.writeoff import MatchRequested
from services.matching.app import SERVICE
from tests.bench.stage import PARTITIONS, Figures, Stage, stage, table
from tests.services.matching.library import configured, posted, requested

REQUESTS = 6_000
LINES = 10
LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.05
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


async def send(producer: AIOKafkaProducer, event: Event) -> None:
    """Send one event; it is on its way when this returns."""
    headers = write_headers(type(event), Envelope(f"{event.topic}-{time.monotonic_ns()}", "bench", datetime.now(UTC)))
    partition = partition_of(event.key, PARTITIONS)
    body = event.model_dump_json(exclude_unset=True).encode()
    await producer.send(event.topic, body, key=event.key.encode(), partition=partition, headers=headers)


@asynccontextmanager
async def running(at: Stage) -> AsyncIterator[Runtime]:
    """The service's consumer, relay and sweeper in this process."""
    database = await open_database(at.settings(SERVICE))
    runtime = assemble(SERVICE, at.settings(SERVICE), database)
    await runtime.subscriber.broker.start()
    tasks = [asyncio.create_task(part.run()) for part in (runtime.relay, runtime.sweeper)]
    try:
        yield runtime
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await runtime.subscriber.broker.stop()
        await database.close()


async def fill(runtime: Runtime, producer: AIOKafkaProducer, requests: int) -> float:
    """Post what the requests are about; gives the items a second that the consumer took."""
    await send(producer, configured(**WIDE))
    for number in range(requests):
        for item_id, amount in ((line.item_id, line.amount) for line in request_of(number).lines):
            await send(producer, posted(item_id, amount, party_id=party_of(number)))
    start = time.perf_counter()
    taken = int(await runtime.database.pool.fetchval("SELECT count(*) FROM item"))
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            now = int(await runtime.database.pool.fetchval("SELECT count(*) FROM item"))
            if now >= requests * LINES:
                return max(1, now - taken) / (time.perf_counter() - start)
            await asyncio.sleep(POLL_SECONDS)


async def answers(consumer: AIOKafkaConsumer, count: int) -> dict[str, float]:
    """When each party's match came out, by party."""
    seen: dict[str, float] = {}
    async with asyncio.timeout(LIMIT_SECONDS):
        while len(seen) < count:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                now = time.perf_counter()
                seen |= {record.key.decode().rpartition(":")[2]: now for record in records}
    return seen


async def at_full_speed(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, numbers: range) -> float:
    """Requests a second, from the first sent to the last match published."""
    waiting = asyncio.create_task(answers(consumer, len(numbers)))
    start = time.perf_counter()
    for number in numbers:
        await send(producer, request_of(number))
    return len(numbers) / (max((await waiting).values()) - start)


async def at_a_rate(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, numbers: range, rate: float) -> list[float]:
    """Seconds from sending each request to its match, sent at a steady rate whatever comes back."""
    waiting = asyncio.create_task(answers(consumer, len(numbers)))
    prepared = [request_of(number) for number in numbers]
    sent: dict[str, float] = {}
    start = time.perf_counter()
    for position, request in enumerate(prepared):
        await asyncio.sleep(max(0.0, start + position / rate - time.perf_counter()))
        sent[request.party_id] = time.perf_counter()
        await send(producer, request)
    came = await waiting
    return sorted(came[party] - at for party, at in sent.items())


def at_percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the ordered ones does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def measure(requests: int) -> list[Figures]:
    """The figures of one run."""
    async with stage(SERVICE) as at, running(at) as runtime, new_producer(at.settings(SERVICE).kafka) as producer:
        consumer = AIOKafkaConsumer("items-matched", bootstrap_servers=at.broker.bootstrap)
        async with consumer:
            ingest = await fill(runtime, producer, requests)
            half = requests // 2
            rate = await at_full_speed(producer, consumer, range(half))
            latencies = await at_a_rate(producer, consumer, range(half, requests), rate / 2)
    return [
        {
            "work": f"requests of {LINES} lines",
            "requests": requests,
            "per_second": rate,
            "lines_per_second": rate * LINES,
            "ratio_to_ingest": rate * LINES / ingest,
            "p50_ms_at_half": at_percentile(latencies, 0.5) * 1_000,
            "p99_ms_at_half": at_percentile(latencies, PERCENTILE) * 1_000,
        }
    ]


def main(requests: int = REQUESTS) -> list[Figures]:
    """Measure, print the table, give the figures."""
    rows = asyncio.run(measure(requests))
    print(table("Match requests, from the topic to the topic", rows))  # noqa: T201 - a benchmark's output
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    main(parser.parse_args().requests)
