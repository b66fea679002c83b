"""The service's one batch subscriber: records in, transactions done, offsets moved, in this order.

While a batch is applied the next one is read, so that Python and PostgreSQL work at the same time; it is applied only
when the one before it is done, and offsets never move beyond what was applied.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.lag import Lag
from chassis.consuming.reading import read_events
from chassis.consuming.received import Dead, Outcome, Received, Record
from chassis.kafka import faststream_security
from chassis.settings import Settings
from chassis.telemetry import metrics
from contracts.event import Event

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 20.0
DRAIN_SECONDS = 20.0
POLL_INTERVAL_MS = 300_000
HEARTBEATS_PER_SESSION = 4
BATCH_TIMEOUT_MS = 100
READ_AT_A_STRETCH = 200
"""Events, after which the loop turns to what else is due."""
FETCH_BYTES = 2 * 1024 * 1024

RawRecords = tuple[ConsumerRecord[bytes, bytes], ...]


class Group(NamedTuple):
    """What a batch has of one partition number, read."""

    received: list[Received[Event]]
    dead: list[Dead]


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
        self._turn = asyncio.Lock()
        self._applying: asyncio.Task[bool] | None = None
        self._giving_up = asyncio.Event()
        self._lag = Lag()
        self._subscriber = self.broker.subscriber(
            *dispatcher.handlers,
            batch=True,
            group_id=f"openitems.{settings.service}",
            ack_policy=AckPolicy.MANUAL,
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

    async def start(self) -> None:
        """Join the group and take events from now on."""
        await self.broker.start()

    async def stop(self) -> None:
        """Finish the batch in flight, if that is possible soon, and leave the group."""
        self._giving_up.set()
        try:
            async with asyncio.timeout(DRAIN_SECONDS), self._turn:
                await self._is_free()
        except TimeoutError:
            log.warning("the batch in flight is given up: it comes again")
        finally:
            await self.broker.stop()

    async def consume(self, raw: RawRecords) -> None:
        """Read a batch, and have it applied when the one before it is.

        It is dropped when its partitions are given away: whoever gets them goes on from what was acknowledged.
        """
        async with self._turn:
            try:
                groups = await self._read(raw)
            except Exception:
                log.exception("batch is read again")
                await asyncio.sleep(FIRST_PAUSE_SECONDS)
                self._ask_again(raw)
                return
            if await self._is_free() and not self._giving_up.is_set():
                self._applying = asyncio.create_task(self._take(groups, _ends_of(raw)))

    async def _is_free(self) -> bool:
        """Wait for the batch that is being applied, if any; False when it was given up."""
        task, self._applying = self._applying, None
        return task is None or await task

    def _ask_again(self, raw: RawRecords) -> None:
        """Have these records given once more, before what follows them."""
        assert self.consumer is not None, "records come only from a started consumer"
        for partition, offset in _offsets_of(reversed(raw)).items():
            self.consumer.seek(partition, offset)

    async def _read(self, raw: RawRecords) -> list[Group]:
        """Cut a batch by partition number and read it."""
        by_number: dict[int, list[ConsumerRecord[bytes, bytes]]] = defaultdict(list)
        for record in raw:
            by_number[record.partition].append(record)
        return [await self._read_group(records) for records in by_number.values()]

    async def _read_group(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> Group:
        """With breaks, in which the database gets what it needs to work beside us."""
        group = Group([], [])
        for start in range(0, len(records), READ_AT_A_STRETCH):
            received, dead = read_events(map(record_of, records[start : start + READ_AT_A_STRETCH]))
            group.received.extend(received)
            group.dead.extend(dead)
            await asyncio.sleep(0)
        return group

    async def _take(self, groups: Sequence[Group], ends: Mapping[TopicPartition, int]) -> bool:
        """Apply a batch, trying again what failed, after pauses that grow; False when it is given up before."""
        pause = FIRST_PAUSE_SECONDS
        while groups:
            results = await asyncio.gather(*map(self._apply, groups), return_exceptions=True)
            groups = [group for group, failure in zip(groups, results, strict=True) if failure is not None]
            failures = [failure for failure in results if failure is not None]
            if failures and await self._gives_up(failures[0], pause):
                return False
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        await self._acknowledge(ends)
        return True

    async def _apply(self, group: Group) -> None:
        with metrics.BATCH_SECONDS.time():
            outcome = await self.dispatcher.apply(*group)
        _count(len(group.received) + len(group.dead), outcome)

    async def _gives_up(self, failure: BaseException, pause: float) -> bool:
        """Pause, unless the batch is to be given up."""
        metrics.BATCH_RETRIES.inc()
        log.warning("batch is retried", pause_seconds=pause, error=f"{type(failure).__name__}: {failure}")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._giving_up.wait(), pause)
        return self._giving_up.is_set()

    async def _acknowledge(self, ends: Mapping[TopicPartition, int]) -> None:
        """Move the offsets; where that fails the batch comes once more, and changes nothing then."""
        self._lag.acknowledge(ends)
        try:
            if self.consumer is not None:
                await self.consumer.commit(dict(ends))
        except Exception:
            log.exception("offsets were not moved")

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Before partitions go to another member: let the batch in flight finish, unless it cannot be applied now."""
        self._giving_up.set()
        async with self._turn:
            await self._is_free()

    async def on_partitions_assigned(self, _assigned: set[TopicPartition]) -> None:
        """From here on batches are taken: the group's offsets say where to go on."""
        self._lag.forget()
        self._giving_up.clear()

    async def lag(self) -> dict[str, int]:
        """Events not yet applied, per `topic-partition` of this member; Retry while nobody knows."""
        return await self._lag.of_member(self.consumer)

    async def group_lag(self) -> dict[str, int]:
        """The same of all partitions, whichever of the service's processes has them."""
        return await self._lag.of_group(self.consumer)

    def is_assigned(self) -> bool:
        """Whether the group gave this member partitions."""
        return self.consumer is not None and bool(self.consumer.assignment())


def _ends_of(raw: RawRecords) -> dict[TopicPartition, int]:
    """Where each partition goes on after these records."""
    return {partition: offset + 1 for partition, offset in _offsets_of(raw).items()}


def _offsets_of(records: Iterable[ConsumerRecord[bytes, bytes]]) -> dict[TopicPartition, int]:
    """The offset of each partition's last one of the records, as they come."""
    last = {(record.topic, record.partition): record.offset for record in records}
    return {TopicPartition(*where): offset for where, offset in last.items()}


def _count(records: int, outcome: Outcome) -> None:
    waiting, dead = len(outcome.waiting), len(outcome.dead)
    metrics.EVENTS.labels("waiting").inc(waiting)
    metrics.EVENTS.labels("dead").inc(dead)
    metrics.EVENTS.labels("applied").inc(max(0, records - waiting - dead))


def record_of(raw: ConsumerRecord[bytes, bytes]) -> Record:
    """The broker's record, in our words."""
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value or b"", raw.headers)


async def _records_of(message: KafkaAckableMessage) -> Any:
    return message.raw_message


def _broker_arguments(settings: Settings) -> dict[str, Any]:
    servers = settings.kafka.bootstrap.split(",")  # FastStream takes a text with commas for one address
    return {"bootstrap_servers": servers, "security": faststream_security(settings.kafka)}
