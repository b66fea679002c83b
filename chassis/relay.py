"""Publishes the outbox: one leader per service, in order, at least once.

The leader holds an advisory lock on the connection with which it reads and marks, so that losing the connection loses
both. A crash between sending and marking sends again, under the same event id.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.database import PASSING_FAULTS, Connection, OwnConnection, connect
from chassis.kafka import new_producer, partition_of
from chassis.queries import load_queries
from chassis.settings import Settings
from chassis.telemetry import metrics
from contracts.envelope import Envelope, Headers, write_headers
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)

RELAY_ROWS = 5_000
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


class Relay:
    """Runs until cancelled; `is_alive` is what readiness asks."""

    def __init__(self, settings: Settings, render: Render | None = None) -> None:
        self.settings = settings
        self.render = render
        self.is_alive = False
        self.is_leader = False
        self._woken = asyncio.Event()

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
        producer = new_producer(self.settings.kafka)
        try:
            await producer.start()
            self.is_alive = self.is_leader = True
            await self._publish_until_broken(connection, producer)
        finally:  # one that could not start holds a connection too
            await producer.stop()

    def _wake(self, *_: object) -> None:
        self._woken.set()

    async def _publish_until_broken(self, connection: OwnConnection, producer: AIOKafkaProducer) -> None:
        clock = asyncio.get_running_loop().time
        forget_at = clock() + FORGET_EVERY_SECONDS
        while True:
            # Forget wake-ups before looking, never after: one that comes while we look asks for another look.
            self._woken.clear()
            published = await self.publish_next(connection, producer)
            if clock() >= forget_at:
                await connection.execute(load_queries("chassis").forget_published, self.settings.outbox_retention_days)
                forget_at = clock() + FORGET_EVERY_SECONDS
            # A full batch means that there is more: only after a short one is there reason to rest.
            if published < RELAY_ROWS:
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
        """Publish and mark the oldest unpublished events; gives their number, at most RELAY_ROWS."""
        queries = load_queries("chassis")
        # Read: the oldest events in the order of their ids, the bodies that are only referred to rendered at once.
        rows = await connection.fetch(queries.unpublished_events, RELAY_ROWS)
        if not rows:
            return 0
        bodies = await self._rendered(connection, rows)
        # Cut: one lane per partition, so that order holds within each and none waits for another.
        lanes: dict[tuple[str, int], list[OutgoingRecord]] = defaultdict(list)
        for row in rows:
            body = bytes(row["body"]) if row["body"] is not None else bodies[row["reference"]]
            lane = (row["topic"], partition_of(row["key"], self.settings.kafka.partitions))
            lanes[lane].append(OutgoingRecord(row["key"].encode(), body, self._headers(row)))
        # Send: all lanes side by side, and to their ends; one that fails must not leave others sending behind our back.
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            sendings = (send_lane(producer, topic, partition, events) for (topic, partition), events in lanes.items())
            for failure in await asyncio.gather(*sendings, return_exceptions=True):
                if failure is not None:
                    raise failure
        # Mark: only what the broker has confirmed. A crash before this sends again, under the same ids.
        await connection.execute(queries.mark_published, [row["id"] for row in rows])
        for (topic, _), events in lanes.items():
            metrics.OUTBOX_PUBLISHED.labels(topic).inc(len(events))
        return len(rows)

    async def _rendered(self, connection: OwnConnection, rows: Sequence[asyncpg.Record]) -> Mapping[str, bytes]:
        references = [row["reference"] for row in rows if row["body"] is None]
        if not references:
            return {}
        assert self.render is not None, "only a service with a renderer writes references"
        return await self.render(connection, references)

    def _headers(self, row: asyncpg.Record) -> Headers:
        if row["headers"] is not None:
            return [(name, base64.b64decode(value)) for name, value in json.loads(row["headers"])]
        source = row["source"] or self.settings.source
        envelope = Envelope(row["event_id"] or str(row["id"]), source, row["created_at"], row["traceparent"])
        return write_headers(TOPICS[row["topic"]], envelope)


async def send_lane(producer: AIOKafkaProducer, topic: str, partition: int, events: Sequence[OutgoingRecord]) -> None:
    """Send one partition's events in order: the next batch leaves when the one before is acknowledged."""
    batch = producer.create_batch()
    for key, body, headers in events:
        if batch.append(key=key, value=body, timestamp=None, headers=headers) is None:
            await (await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            appended = batch.append(key=key, value=body, timestamp=None, headers=headers)
            assert appended is not None, f"an event on {topic} exceeds a whole batch"
    await (await producer.send_batch(batch, topic, partition=partition))
