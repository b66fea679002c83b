"""Taking `item-posted` through a service's whole path, against COPY of the same rows into the same table.

The path: broker, FastStream, validation, dispatch, one transaction per partition, offsets. The floor has nothing but
the table, its indexes, triggers and constraints. FastStream's own share is its batches against bare aiokafka's.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.database import OwnConnection, open_database
from chassis.kafka import new_producer, partition_of
from chassis.process import tend_garbage
from chassis.relay import OutgoingRecord, send_lane
from chassis.service import Service, assemble
from chassis.telemetry.metrics import REGISTRY
from deploy.embedded.postgres.databases import DATABASE
from services.matching.app import SERVICE as MATCHING
from services.selection.app import SERVICE as SELECTION
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.members import members_seconds
from tests.bench.scale import FULL, repeats, run_alone, scaled
from tests.bench.stage import PARTITIONS, RUNS, Figures, Stage, all_seconds, middle, say, stage, table
from tests.events import posted, record_of

EVENTS = 200_000
EVENTS_LEAST = 24_000
"""More than the lanes of one process take at once: fewer would be over when the clock begins."""
PARTIES = 20_000
MEMBERS = 2
ROUNDS = 9
GOAL = 0.60
LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.02

Records: TypeAlias = "tuple[ConsumerRecord[bytes, bytes], ...]"


@dataclass(slots=True)
class Lanes:
    """Events by partition, as they are sent."""

    by_partition: dict[int, list[OutgoingRecord]]

    @classmethod
    def of(cls, events: int) -> Lanes:
        """Distinct postings over PARTIES parties, as a library system says them: what it has, and no nulls."""
        lanes: dict[int, list[OutgoingRecord]] = {number: [] for number in range(PARTITIONS)}
        event = posted("ITEM", party_id="PARTY", branch="central", invoice_number="2026-10881", loan_id="L-1")
        template, text = record_of(event), event.model_dump_json(exclude_unset=True).encode()
        for number in range(events):
            party = f"P{number % PARTIES:06d}"
            body = text.replace(b'"ITEM"', b'"I%08d"' % number).replace(b'"PARTY"', b'"%s"' % party.encode())
            key = f"bib-gent:{party}"
            lanes[partition_of(key, PARTITIONS)].append(OutgoingRecord(key.encode(), body, list(template.headers)))
        return cls(lanes)


async def send(at: Stage, service: Service, lanes: Lanes) -> None:
    """Put all events on the broker, partition by partition."""
    async with new_producer(at.settings(service).kafka) as producer:
        for partition, events in lanes.by_partition.items():
            for start in range(0, len(events), 5_000):
                await send_lane(producer, "item-posted", partition, events[start : start + 5_000])


async def ingest_seconds(at: Stage, service: Service, events: int) -> float:
    """From the first batch that was applied to the last one committed; the first is not counted, nor its events."""
    tend_garbage()  # as every service does, before anything is taken
    database = await open_database(at.settings(service))
    runtime = assemble(service, at.settings(service), database)
    before = applied()
    started = time.perf_counter()
    await runtime.subscriber.start()
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            first = await _applied_beyond(before) - before
            begun = time.perf_counter()
            await _applied_beyond(before + events - 1)
            ended = time.perf_counter()
        assert await database.pool.fetchval("SELECT count(*) FROM item") == events, "something was lost or doubled"
        return all_seconds(events, first, ended - begun, ended - started)
    finally:
        await runtime.subscriber.stop()
        await database.close()


async def _applied_beyond(number: float) -> float:
    while (now := applied()) <= number:  # noqa: ASYNC110 - the counter of a process tells nobody
        await asyncio.sleep(POLL_SECONDS)
    return now


def applied() -> float:
    """Events that this process applied, ever; counted after their transaction, so that nothing asks the database."""
    return REGISTRY.get_sample_value("openitems_events_total", {"outcome": "applied"}) or 0.0


async def copy_seconds(at: Stage, service: Service) -> float:
    """COPY of the rows that the service took, back into its emptied table."""
    connection: OwnConnection = await asyncpg.connect(
        at.postgres.url(database=DATABASE), server_settings={"search_path": service.name}
    )
    try:
        columns = [row["attname"] for row in await connection.fetch(STORED_COLUMNS)]
        await connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM item")
        rows = await connection.fetch(f"SELECT {', '.join(columns)} FROM kept")  # noqa: S608 - the catalogue's own names
        records = [tuple(row) for row in rows]
        await connection.execute("TRUNCATE item CASCADE")
        start = time.perf_counter()
        await connection.copy_records_to_table("item", schema_name=service.name, columns=columns, records=records)
        return time.perf_counter() - start
    finally:
        await connection.close()


STORED_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'item'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


class Counted:
    """How long all events take, by those that came after the first batch: what goes before it is not counted."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.begun, self.first, self.seen = 0.0, 0, 0
        self.done = asyncio.Event()
        self.seconds = 0.0

    def add(self, count: int) -> None:
        """Count so many more, and stop the clock when all are there."""
        now = time.perf_counter()
        self.seen += count
        if not self.first:
            self.begun, self.first = now, count
        elif self.seen >= self.events:
            self.seconds = (now - self.begun) * self.events / (self.events - self.first)
            self.done.set()


async def bare_seconds(at: Stage, events: int) -> float:
    """Bare aiokafka: getmany and nothing else."""
    counted = Counted(events)
    async with AIOKafkaConsumer(
        "item-posted", bootstrap_servers=at.broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        while not counted.done.is_set():
            taken = await consumer.getmany(timeout_ms=200, max_records=4_000)
            counted.add(sum(map(len, taken.values())))
    return counted.seconds


async def faststream_seconds(at: Stage, events: int) -> float:
    """FastStream's batches of raw records, as the chassis takes them, and nothing else."""
    counted = Counted(events)
    broker = KafkaBroker(at.broker.bootstrap, apply_types=False, logger=None)

    async def parse(records: Records) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=subscriber.consumer)

    async def decode(message: KafkaAckableMessage) -> object:
        return message.raw_message

    subscriber = broker.subscriber(
        "item-posted", batch=True, auto_offset_reset="earliest", max_records=4_000, parser=parse, decoder=decode
    )

    @subscriber
    async def take(records: tuple[object, ...]) -> None:
        counted.add(len(records))

    await broker.start()
    await counted.done.wait()
    await broker.stop()
    return counted.seconds


async def framed_and_bare_seconds(at: Stage, events: int, rounds: int) -> tuple[float, float]:
    """FastStream and bare aiokafka, the median of some rounds by turns: each takes a second, a neighbour as much."""
    tend_garbage()
    bare, framed = [], []
    for _ in range(rounds):
        bare.append(await bare_seconds(at, events))
        framed.append(await faststream_seconds(at, events))
    return median(framed), median(bare)


async def measure(scale: float) -> list[Figures]:
    """FastStream alone, three services in one process, and one of them in two: the middle of RUNS for each."""
    events = scaled(EVENTS, scale, EVENTS_LEAST)
    services = (WRITEOFF, SELECTION, MATCHING)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for run in range(repeats(RUNS, scale)):
        async with stage(*services) as at:
            await send(at, WRITEOFF, Lanes.of(events))
            if run == 0:
                found["FastStream, raw batches"].append(
                    await framed_and_bare_seconds(at, events, repeats(ROUNDS, scale))
                )
            for service in services:
                seconds = await ingest_seconds(at, service, events)
                found[f"ingest, {service.name}"].append((seconds, await copy_seconds(at, service)))
        async with stage(SELECTION) as at:
            await send(at, SELECTION, Lanes.of(events))
            seconds = await members_seconds(at, SELECTION, events, MEMBERS)
            found[f"ingest, selection, {MEMBERS} members"].append((seconds, await copy_seconds(at, SELECTION)))
    return [_row(work, events, *middle(pairs)) for work, pairs in found.items()]


def _row(work: str, events: int, seconds: float, floor: float) -> Figures:
    return {
        "work": work,
        "events": events,
        "seconds": seconds,
        "per_second": events / seconds,
        "floor_per_second": events / floor,
        "ratio": floor / seconds,
    }


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table("Ingest of item-posted (floor: COPY; bare aiokafka)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
