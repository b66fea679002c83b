"""Publishes the outbox: one leader per service, in order, at least once.

The leader holds an advisory lock on the connection with which it reads and marks, so that losing the connection loses
both. A crash between sending and marking sends again, under the same event id.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import NamedTuple

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.database import PASSING_FAULTS, Connection, OwnConnection, columns, connect
from chassis.in_flight import Followers, InFlight, wait_for_room
from chassis.kafka import new_producer, partition_of
from chassis.queries import load_queries
from chassis.settings import Settings
from chassis.telemetry import metrics
from contracts.envelope import Envelope, Headers, write_headers
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)

RELAY_ROWS = 2_000
RELAY_BYTES = 32 * 1024 * 1024
"""Most bytes of a batch, give or take what was rendered last: events of thousands of lines are fewer at once."""
RENDERED_FIRST = 100
"""References rendered first; then twice as many each time, so that nobody renders for minutes what is too much."""
SHARING_ADMINISTRATIONS = 100
"""Most administrations of which one batch has events; the next ones come first in the next batch."""
IDLE_SECONDS = 0.5
MOMENT_SECONDS = 0.01
"""Between two looks while transactions are under way: what they tell waits about half as long."""
STANDBY_SECONDS = 2.0
PAUSE_SECONDS = 1.0
FORGET_EVERY_SECONDS = 600.0
SEND_TIMEOUT_SECONDS = 60.0

Render = Callable[[Connection, Sequence[str]], Awaitable[Mapping[str, bytes]]]
"""Bodies of events that the outbox only refers to, by reference."""


class OutgoingRecord(NamedTuple):
    """An event as the broker gets it."""

    key: bytes
    body: bytes
    headers: Headers


Lane = tuple[str, int]
"""A topic and the number of one of its partitions."""


class Relay:
    """Runs until cancelled; `is_alive` is what readiness asks."""

    def __init__(self, settings: Settings, render: Render | None = None) -> None:
        self.settings = settings
        self.render = render
        self.is_alive = False
        self.is_leader = False
        self._woken = asyncio.Event()
        self._first = ""
        self._in_flight = InFlight(time.monotonic)

    async def run(self) -> None:
        """Become the leader, publish, and begin again after any passing fault."""
        while True:
            try:
                await self._lead()
            except (*PASSING_FAULTS, KafkaError) as error:
                log.warning("relay begins again", error=f"{type(error).__name__}: {error}")
            finally:
                self.is_leader = False
            self.is_alive = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _lead(self) -> None:
        connection = await connect(self.settings)
        try:
            # One relay publishes: two of them would tell the events of a key out of their order. The lock lives and
            # dies with this connection, on which events are marked too: who loses it can mark nothing any more.
            while not await connection.fetchval(load_queries("chassis").try_relay_lock):
                self.is_alive = True
                await asyncio.sleep(STANDBY_SECONDS)
            # Listen before the first look: what commits in between is found by the one or heard by the other.
            await connection.add_listener(f"outbox_{self.settings.schema_name}", self._wake)
            await self._publish_as_leader(connection)
        finally:
            await connection.close(timeout=STANDBY_SECONDS)

    async def _publish_as_leader(self, connection: OwnConnection) -> None:
        producer, followers = new_producer(self.settings.kafka), Followers(self.settings.kafka)
        try:
            await producer.start()
            self.is_alive = self.is_leader = True
            await connection.execute(load_queries("chassis").read_by_index)
            self._in_flight = InFlight(time.monotonic)
            await self._publish_until_broken(connection, producer, followers)
        finally:  # one that could not start holds a connection too
            await followers.close()
            await producer.stop()

    def _wake(self, *_: object) -> None:
        self._woken.set()

    async def _publish_until_broken(
        self, connection: OwnConnection, producer: AIOKafkaProducer, followers: Followers
    ) -> None:
        clock = asyncio.get_running_loop().time
        forget_at = clock() + FORGET_EVERY_SECONDS
        while True:
            # Forget wake-ups before looking, never after: one that comes while we look asks for another look.
            self._woken.clear()
            await wait_for_room(self._in_flight, followers, RELAY_ROWS)
            published = await self.publish_next(connection, producer)
            if clock() >= forget_at:
                await connection.execute(load_queries("chassis").forget_published, self.settings.outbox_retention_days)
                forget_at = clock() + FORGET_EVERY_SECONDS
            # An administration's full share means that there may be more: only after none is there reason to rest.
            if not published:
                await self._rest(connection)

    async def _rest(self, connection: OwnConnection) -> None:
        """Sleep until woken; or only for a moment, while a transaction that will not wake anybody is under way."""
        queries = load_queries("chassis")
        # A transaction that wrote events while we were awake holds the lock shared and notifies nobody: who cannot get
        # it alone does not sleep but looks again soon. Once we have it, every writer sees us asleep and notifies.
        if not await connection.fetchval(queries.try_relay_sleep):
            await asyncio.sleep(MOMENT_SECONDS)
            return
        # What committed between our last look and the lock would wake nobody: one more look, and only then sleep.
        if not await connection.fetchval(queries.is_anything_unpublished):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), IDLE_SECONDS)
        await connection.fetchval(queries.end_relay_sleep)

    async def publish_next(self, connection: OwnConnection, producer: AIOKafkaProducer) -> int:
        """Publish and mark the oldest unpublished events, an equal share of each administration; gives their number.

        They are at most RELAY_ROWS, and those of an administration go out in the order of their ids.
        """
        # Read: the oldest events in the order of their ids, the bodies that are only referred to rendered at once.
        rows = await self._next_rows(connection)
        bodies = await self._rendered(connection, rows)
        rows = list(takewhile(lambda row: row["body"] is not None or row["reference"] in bodies, rows))
        if not rows:
            return 0
        # Cut: one lane per partition, so that order holds within each and none waits for another.
        lanes: dict[Lane, list[OutgoingRecord]] = defaultdict(list)
        ids: dict[Lane, list[int]] = defaultdict(list)
        for row in rows:
            body = bytes(row["body"]) if row["body"] is not None else bodies[row["reference"]]
            lane = (row["topic"], partition_of(row["key"], self.settings.kafka.partitions))
            lanes[lane].append(OutgoingRecord(row["key"].encode(), body, self._headers(row)))
            ids[lane].append(row["id"])
        # Send: all lanes side by side, and to their ends; one that fails must not leave others sending behind our back.
        offsets = await _send_all(producer, lanes)
        # Mark: only what the broker has confirmed. A crash before this sends again, under the same ids.
        await _mark(connection, ids, offsets)
        ends = {TopicPartition(*lane): found[-1] + 1 for lane, found in offsets.items()}
        self._in_flight.add(ends, len(rows))
        for (topic, _), events in lanes.items():
            metrics.OUTBOX_PUBLISHED.labels(topic).inc(len(events))
        return len(rows)

    async def _next_rows(self, connection: OwnConnection) -> list[asyncpg.Record]:
        """Events of the next administrations that have some; where these were the last, the first ones come next."""
        query = load_queries("chassis").unpublished_events
        rows = await connection.fetch(query, RELAY_ROWS, SHARING_ADMINISTRATIONS, self._first)
        if not rows and self._first:
            self._first = ""
            rows = await connection.fetch(query, RELAY_ROWS, SHARING_ADMINISTRATIONS, self._first)
        names = {row["key"].partition(":")[0] for row in rows}
        self._first = f"{max(names)}\x01" if len(names) == SHARING_ADMINISTRATIONS else ""  # what comes after that name
        return rows

    async def _rendered(self, connection: OwnConnection, rows: Sequence[asyncpg.Record]) -> Mapping[str, bytes]:
        """Bodies that rows refer to, from the first of them on, up to RELAY_BYTES."""
        references = [row["reference"] for row in rows if row["body"] is None]
        assert self.render is not None or not references, "only a service with a renderer writes references"
        bodies: dict[str, bytes] = {}
        at_once, size = RENDERED_FIRST, 0
        while self.render is not None and len(bodies) < len(references) and size < RELAY_BYTES:
            asked = references[len(bodies) : len(bodies) + at_once]
            some = await self.render(connection, asked)
            assert len(some) == len(asked), f"{len(asked) - len(some)} events refer to what is not stored"
            bodies |= some
            size += sum(map(len, some.values()))
            # What came tells how much more there is room for.
            at_once = max(1, min(at_once * 2, (RELAY_BYTES - size) * len(bodies) // max(1, size)))
        return bodies

    def _headers(self, row: asyncpg.Record) -> Headers:
        if row["headers"] is not None:
            return [(name, base64.b64decode(value)) for name, value in json.loads(row["headers"])]
        source = row["source"] or self.settings.source
        envelope = Envelope(row["event_id"] or str(row["id"]), source, row["created_at"], row["traceparent"])
        return write_headers(TOPICS[row["topic"]], envelope)


async def _send_all(
    producer: AIOKafkaProducer, lanes: Mapping[Lane, Sequence[OutgoingRecord]]
) -> dict[Lane, list[int]]:
    """Send all lanes; gives the offsets of each one's events."""
    async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
        sendings = (send_lane(producer, topic, partition, events) for (topic, partition), events in lanes.items())
        sent = await asyncio.gather(*sendings, return_exceptions=True)
    offsets = {}
    for lane, found in zip(lanes, sent, strict=True):
        if isinstance(found, BaseException):
            raise found
        offsets[lane] = found
    return offsets


async def _mark(
    connection: OwnConnection, ids: Mapping[Lane, Sequence[int]], offsets: Mapping[Lane, Sequence[int]]
) -> None:
    marks = [
        (event_id, partition, offset)
        for (topic, partition), own in ids.items()
        for event_id, offset in zip(own, offsets[topic, partition], strict=True)
    ]
    await connection.execute(load_queries("chassis").mark_published, *columns(marks, 3))


async def send_lane(
    producer: AIOKafkaProducer, topic: str, partition: int, events: Sequence[OutgoingRecord]
) -> list[int]:
    """Send one partition's events in order: the next batch leaves when the one before is acknowledged.

    Gives the offset of each event.
    """
    offsets: list[int] = []

    async def send(batch: BatchBuilder) -> None:
        count = batch.record_count()
        acknowledged = await (await producer.send_batch(batch, topic, partition=partition))
        offsets.extend(range(acknowledged.offset, acknowledged.offset + count))

    batch = producer.create_batch()
    for key, body, headers in events:
        if batch.append(key=key, value=body, timestamp=None, headers=headers) is None:
            await send(batch)
            batch = producer.create_batch()
            appended = batch.append(key=key, value=body, timestamp=None, headers=headers)
            assert appended is not None, f"an event on {topic} exceeds a whole batch"
    await send(batch)
    return offsets
