"""The service's one batch subscriber: records in, transactions done, offsets moved, in this order.

What is read goes to its lane and is applied there while more is read; offsets never move beyond what was applied.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Handled
from chassis.consuming.lag import GroupPosition, Lag
from chassis.consuming.partition_lanes import LaneGroup, Lanes, size_of
from chassis.consuming.record_batches import read_any_header_name
from chassis.consuming.validation import note_partitioner, read_events
from chassis.faults import FIRST_PAUSE_SECONDS
from chassis.in_flight import group_of
from chassis.kafka import faststream_security
from chassis.settings import Settings
from chassis.telemetry import metrics

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 20.0
POLL_INTERVAL_MS = 300_000
HEARTBEATS_PER_SESSION = 4
BATCH_TIMEOUT_MS = 100
TOPICS_AGE_MS = 30_000
"""After so long it is looked anew which topics there are: who starts before they are made takes from them then."""
READ_AT_A_STRETCH = 200
"""Events, after which the loop turns to what else is due."""
FETCH_BYTES = 2 * 1024 * 1024

RawRecords = tuple[ConsumerRecord[bytes, bytes], ...]


class Subscriber(ConsumerRebalanceListener):
    """Consumes the topics of the handlers' table as the group `openitems.<service>`.

    All topics have the same number of partitions and the same keys, so that all events of a key have one partition
    number: a batch is cut by that number, and the lanes are applied side by side without meeting.
    """

    def __init__(self, settings: Settings, dispatcher: Dispatcher) -> None:
        self.settings = settings
        self.dispatcher = dispatcher
        self.broker = KafkaBroker(
            apply_types=False, graceful_timeout=DRAIN_SECONDS, logger=None, **_broker_arguments(settings)
        )
        self._turn = asyncio.Lock()
        self._lanes = Lanes(self._take, settings.batch_records, dispatcher.standstill)
        self._lag = Lag()
        self._subscriber = self.broker.subscriber(
            *dispatcher.handlers,
            batch=True,
            group_id=group_of(settings.service),
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
        """Join the group and take events from now on; may be tried again where it fails, as while topics lack."""
        read_any_header_name()
        try:
            await self.broker.start()
        except BaseException:
            await self.broker.stop()
            raise

    async def stop(self) -> None:
        """Finish what is being applied, if that is possible soon, and leave the group."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._lanes.give_up()
        except TimeoutError:
            log.warning("what is being applied is given up: it comes again")
        finally:
            await self.broker.stop()

    async def consume(self, raw: RawRecords) -> None:
        """Read a batch when there is room for it, and put it into its lanes.

        It is dropped when its partitions are given away: whoever gets them goes on from what was acknowledged.
        """
        # One batch is read at a time, and whoever gives partitions away waits for it (on_partitions_revoked).
        async with self._turn:
            # Memory is bounded here: nothing is read while a transaction's worth of events waits already.
            await self._lanes.room()
            # Reading fails only by a fault of ours: the same records come again, and nothing after them comes before.
            try:
                groups = await self._read(raw)
            except Exception:
                log.exception("batch is read again")
                await asyncio.sleep(FIRST_PAUSE_SECONDS)
                self._ask_again(raw)
                return
            for number, group in groups.items():
                self._lanes.put(number, group)

    def _ask_again(self, raw: RawRecords) -> None:
        """Have these records given once more, before what follows them."""
        assert self.consumer is not None, "records come only from a started consumer"
        for partition, offset in _offsets_of(reversed(raw)).items():
            self.consumer.seek(partition, offset)

    async def _read(self, raw: RawRecords) -> dict[int, LaneGroup]:
        """Cut a batch by partition number and read it."""
        by_number: dict[int, list[ConsumerRecord[bytes, bytes]]] = defaultdict(list)
        for number, records in groupby(raw, attrgetter("partition")):
            by_number[number] += records
        return {number: await self._read_group(records) for number, records in by_number.items()}

    async def _read_group(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> LaneGroup:
        """With breaks, in which the database gets what it needs to work beside us."""
        group = LaneGroup(ends=_ends_of(records))
        for start in range(0, len(records), READ_AT_A_STRETCH):
            received, dead = read_events(records[start : start + READ_AT_A_STRETCH])
            note_partitioner(received, self.settings.kafka.partitions)
            group.received += received
            group.dead += dead
            group.size += size_of(received)
            await asyncio.sleep(0)
        return group

    async def _take(self, group: LaneGroup) -> None:
        """Apply a lane's next group in one transaction, and move its offsets then."""
        await self._apply(group)
        await self._acknowledge(group.ends)

    async def _apply(self, group: LaneGroup) -> None:
        with metrics.BATCH_SECONDS.time():
            outcome = await self.dispatcher.apply(group.received, group.dead)
        _count(len(group), outcome)

    async def _acknowledge(self, ends: Mapping[TopicPartition, int]) -> None:
        """Move the offsets; where that fails the batch comes once more, and changes nothing then."""
        self._lag.acknowledge(ends)
        try:
            if self.consumer is not None:
                await self.consumer.commit(dict(ends))
        except Exception:
            log.exception("offsets were not moved")

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Before partitions go to another member: let what is being applied finish, unless it cannot be applied now."""
        await self._lanes.give_up()
        async with self._turn:  # what is being read meanwhile is dropped before lanes are open again
            pass

    async def on_partitions_assigned(self, _assigned: set[TopicPartition]) -> None:
        """From here on batches are taken: the group's offsets say where to go on."""
        self._lag.forget()
        self._lanes.open()

    async def lag(self) -> dict[str, int]:
        """Events not yet applied, per `topic-partition` of this member; Retry while nobody knows."""
        self._measure_still()
        return await self._lag.of_member(self.consumer)

    async def group_lag(self) -> dict[str, int]:
        """The same of all partitions, whichever of the service's processes has them."""
        return await self._lag.of_group(self.consumer)

    async def group_positions(self) -> dict[str, GroupPosition]:
        """How far the group is on all partitions."""
        return await self._lag.positions_of_group(self.consumer)

    def unexpected_topics(self) -> list[str]:
        """Say which topics are missing, or have another number of partitions than our settings and those of others.

        The events of a key would part there: whoever sends them counts with the number in the settings.
        """
        expected = self.settings.kafka.partitions
        found = {topic: self._partitions_of(topic) for topic in sorted(self.dispatcher.handlers)}
        if not any(found.values()):
            return ["no topic is known: the broker is away, or its topics are not made yet"]
        return [
            f"{topic} has {count} partitions, not {expected}" if count else f"{topic} is missing"
            for topic, count in found.items()
            if count != expected
        ]

    def _partitions_of(self, topic: str) -> int:
        """How many the broker told us of."""
        return len(self.consumer.partitions_for_topic(topic) or ()) if self.consumer is not None else 0

    def still(self) -> dict[int, float]:
        """Partition numbers of which nothing was applied for too long, though there is something: since how long."""
        return self._lanes.still()

    def _measure_still(self) -> None:
        metrics.STILL_LANES.clear()
        for number, seconds in self.still().items():
            metrics.STILL_LANES.labels(str(number)).set(seconds)

    def is_assigned(self) -> bool:
        """Whether the group gave this member partitions."""
        return self.consumer is not None and bool(self.consumer.assignment())


def _ends_of(raw: Iterable[ConsumerRecord[bytes, bytes]]) -> dict[TopicPartition, int]:
    """Where each partition goes on after these records."""
    return {partition: offset + 1 for partition, offset in _offsets_of(raw).items()}


def _offsets_of(records: Iterable[ConsumerRecord[bytes, bytes]]) -> dict[TopicPartition, int]:
    """The offset of each partition's last one of the records, as they come."""
    last = {(record.topic, record.partition): record.offset for record in records}
    return {TopicPartition(*where): offset for where, offset in last.items()}


def _count(records: int, outcome: Handled) -> None:
    waiting, dead = len(outcome.waiting), len(outcome.dead)
    metrics.EVENTS.labels("waiting").inc(waiting)
    metrics.EVENTS.labels("dead").inc(dead)
    metrics.EVENTS.labels("applied").inc(max(0, records - waiting - dead))


async def _records_of(message: KafkaAckableMessage) -> Any:
    return message.raw_message


def _broker_arguments(settings: Settings) -> dict[str, Any]:
    servers = settings.kafka.bootstrap.split(",")  # FastStream takes a text with commas for one address
    return {
        "bootstrap_servers": servers,
        "security": faststream_security(settings.kafka),
        "allow_auto_create_topics": False,  # it would make them with one partition, whatever the others have
        "metadata_max_age_ms": TOPICS_AGE_MS,
    }
