"""The events of the write-off benchmarks, how they are sent, and how long a table takes to fill."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from chassis.database import OwnConnection
from chassis.kafka import new_producer, partition_of
from chassis.relay import OutgoingRecord, send_lane
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from contracts.library import ItemPosted
from contracts.selection import WriteoffRequested
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.stage import PARTITIONS, Stage, all_seconds
from tests.services.writeoff.library import TODAY, posted, requested

ITEMS_PER_PARTY = 4
POLL_SECONDS = 0.2
LIMIT_SECONDS = 900.0
BUFFER_EVENTS = 5_000


async def send(at: Stage, events: Iterable[Event]) -> None:
    """Put events on the broker, in order per partition, a buffer at a time."""
    now, numbers = datetime.now(UTC), itertools.count()
    async with new_producer(at.settings(WRITEOFF).kafka) as producer:
        lanes: dict[tuple[str, int], list[OutgoingRecord]] = {}
        for event in events:
            lane = lanes.setdefault((event.topic, partition_of(event.key, PARTITIONS)), [])
            headers = write_headers(type(event), Envelope(f"{event.topic}-{next(numbers)}", "bench", now))
            body = event.model_dump_json(exclude_none=True).encode()
            lane.append(OutgoingRecord(event.key.encode(), body, headers))
            if len(lane) == BUFFER_EVENTS:
                await send_lane(producer, event.topic, partition_of(event.key, PARTITIONS), lane)
                lane.clear()
        for (topic, partition), lane in lanes.items():
            if lane:
                await send_lane(producer, topic, partition, lane)


async def seconds_until(connection: OwnConnection, query: str, rows: int) -> float:
    """What all rows take, from how long those took that came after the first count of some."""
    started = time.perf_counter()
    begun: float | None = None
    first = 0
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            count = await connection.fetchval(query)
            now = time.perf_counter()
            if count and begun is None:
                begun, first = now, count
            if count >= rows:
                assert begun is not None, "there are rows"
                return all_seconds(rows, first, now - begun, now - started)
            await asyncio.sleep(POLL_SECONDS)


def items(count: int) -> Iterator[ItemPosted]:
    """Distinct fines of some parties."""
    template = posted()
    for number in range(count):
        facts = {"item_id": f"I{number:08}", "party_id": f"P{number // ITEMS_PER_PARTY:07}"}
        yield template.model_copy(update=facts)


def single_requests(count: int) -> Iterator[WriteoffRequested]:
    """A request of its own batch for every item."""
    template = requested({"I": 1250}, date=TODAY)
    for number, item in enumerate(items(count)):
        line = template.lines[0].model_copy(update={"item_id": item.item_id})
        ids = {"request_id": UUID(int=number + 1), "batch_id": UUID(int=number + 1)}
        yield template.model_copy(update={"party_id": item.party_id, "lines": (line,), **ids})


def one_batch(count: int, first: int) -> Iterator[WriteoffRequested]:
    """One batch of a request per party, for items that are not written off yet."""
    template = requested({"I": 1250}, date=TODAY, batch_requests=count)
    for number in range(count):
        name = f"B{first + number:08}"
        line = template.lines[0].model_copy(update={"item_id": name})
        yield template.model_copy(
            update={"party_id": f"Q{number:07}", "request_id": UUID(int=2**64 + number), "lines": (line,)}
        )


def batch_items(count: int) -> Iterator[ItemPosted]:
    """Distinct fines for one batch, each of a party of its own."""
    template = posted()
    for number in range(count):
        yield template.model_copy(update={"item_id": f"B{number:08}", "party_id": f"Q{number:07}"})


def manual_items(count: int) -> Iterator[ItemPosted]:
    """Distinct fines to be waived by hand."""
    template = posted()
    for number in range(count):
        yield template.model_copy(update={"item_id": f"M{number:08}", "party_id": f"R{number:07}"})
