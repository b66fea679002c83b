"""The service's one batch subscriber: records in, transactions done, offsets moved, in this order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_events
from chassis.consuming.received import Dead, Outcome, Received, Record
from chassis.errors import Retry
from chassis.kafka import faststream_security
from chassis.settings import Settings
from chassis.telemetry import metrics
from contracts.event import Event

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 20.0
DRAIN_SECONDS = 30.0
POLL_INTERVAL_MS = 300_000
HEARTBEATS_PER_SESSION = 4
BATCH_TIMEOUT_MS = 100
READ_AT_A_STRETCH = 200
"""Events, after which the loop turns to what else is due."""
FETCH_BYTES = 4 * 1024 * 1024

RawRecords = tuple[ConsumerRecord[bytes, bytes], ...]


class Subscriber(ConsumerRebalanceListener):
    """Consumes the topics of the handlers' table as the group `openitems.<service>`.

    All topics have the same number of partitions and the same keys, so that all events of a party have one partition
    number: a batch is cut by that number, and the groups are applied side by side without meeting.
    """

    def __init__(self, settings: Settings, dispatcher: Dispatcher) -> None:
        self.settings = settings
        self.dispatcher = dispatcher
        self.broker = KafkaBroker(
            apply_types=False, graceful_timeout=DRAIN_SECONDS, logger=None, **_broker_arguments(settings)
        )
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._in_flight = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._done: dict[TopicPartition, int] = {}
        self._subscriber = self.broker.subscriber(
            *dispatcher.handlers,
            batch=True,
            group_id=f"openitems.{settings.service}",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            max_records=settings.batch_records,
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            max_poll_interval_ms=POLL_INTERVAL_MS,
            session_timeout_ms=settings.kafka.session_timeout_ms,
            heartbeat_interval_ms=settings.kafka.session_timeout_ms // HEARTBEATS_PER_SESSION,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=settings.kafka.fetch_wait_ms,
            listener=self,
            parser=self._parse,
            decoder=_records_of,
        )
        self._subscriber(self.consume)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The consumer below, once it is started."""
        return self._subscriber.consumer

    async def _parse(self, records: RawRecords) -> KafkaAckableMessage:
        """No header is decoded here: bytes that are no text must not stop the partition."""
        assert self.consumer is not None, "records come only from a started consumer"
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=self.consumer)

    async def consume(self, raw: RawRecords) -> None:
        """Apply a batch; raising makes the broker give all of it again, after a pause that grows."""
        async with self._in_flight:
            groups: dict[int, list[ConsumerRecord[bytes, bytes]]] = defaultdict(list)
            for record in raw:
                groups[record.partition].append(record)
            results = await asyncio.gather(*(self._apply(group) for group in groups.values()), return_exceptions=True)
            failures = [result for result in results if isinstance(result, BaseException)]
            if failures:
                await self._pause(failures[0])
                raise failures[0]
            self._pause_seconds = FIRST_PAUSE_SECONDS
            for record in raw:
                self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1

    async def _apply(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        received, dead = await self._read(records)
        with metrics.BATCH_SECONDS.time():
            outcome = await self.dispatcher.apply(received, dead)
        _count(records, outcome)

    async def _read(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> tuple[list[Received[Event]], list[Dead]]:
        """One partition after the other, with breaks in which the database gets what it needs to work beside us."""
        received: list[Received[Event]] = []
        dead: list[Dead] = []
        async with self._reading:
            for start in range(0, len(records), READ_AT_A_STRETCH):
                valid, poison = read_events(map(record_of, records[start : start + READ_AT_A_STRETCH]))
                received += valid
                dead += poison
                await asyncio.sleep(0)
        return received, dead

    async def _pause(self, failure: BaseException) -> None:
        metrics.BATCH_RETRIES.inc()
        log.warning("batch is retried", pause_seconds=self._pause_seconds, error=f"{type(failure).__name__}: {failure}")
        await asyncio.sleep(self._pause_seconds)
        self._pause_seconds = min(self._pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch in flight finish before its partitions go to another member."""
        async with self._in_flight:
            for partition in revoked:
                self._done.pop(partition, None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing to prepare: the group's offsets say where to go on."""

    async def lag(self) -> dict[str, int]:
        """Events not yet applied, per `topic-partition` of this member; asks the broker for the ends.

        Raises Retry while no partitions are assigned: nobody knows then what is left.
        """
        consumer = self.consumer
        assigned = consumer.assignment() if consumer is not None else ()
        if consumer is None or not assigned:
            raise Retry("no partitions are assigned yet")
        ends = await consumer.end_offsets(list(assigned))
        lag = {}
        for partition, end in ends.items():
            done = self._done.get(partition)
            if done is None:
                done = await consumer.committed(partition) or 0
            lag[f"{partition.topic}-{partition.partition}"] = max(0, end - done)
        return lag

    def is_assigned(self) -> bool:
        """Whether the group gave this member partitions."""
        return self.consumer is not None and bool(self.consumer.assignment())


def _count(records: Sequence[ConsumerRecord[bytes, bytes]], outcome: Outcome) -> None:
    waiting, dead = len(outcome.waiting), len(outcome.dead)
    metrics.EVENTS.labels("waiting").inc(waiting)
    metrics.EVENTS.labels("dead").inc(dead)
    metrics.EVENTS.labels("applied").inc(max(0, len(records) - waiting - dead))


def record_of(raw: ConsumerRecord[bytes, bytes]) -> Record:
    """The broker's record, in our words."""
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value or b"", raw.headers)


async def _records_of(message: KafkaAckableMessage) -> Any:
    return message.raw_message


def _broker_arguments(settings: Settings) -> dict[str, Any]:
    servers = settings.kafka.bootstrap.split(",")  # FastStream takes a text with commas for one address
    return {"bootstrap_servers": servers, "security": faststream_security(settings.kafka)}
