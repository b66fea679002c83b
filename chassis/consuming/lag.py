"""How much is left to take: what the broker has beyond what was applied and acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.errors import Retry


class Lag:
    """What a member's group has still to take; knows of the member's own partitions what it acknowledged."""

    def __init__(self) -> None:
        self._done: dict[TopicPartition, int] = {}

    def acknowledge(self, ends: Mapping[TopicPartition, int]) -> None:
        """What comes before these offsets is applied."""
        self._done |= ends

    def forget(self) -> None:
        """The member's partitions changed: the group's offsets tell what is applied."""
        self._done.clear()

    async def of_member(self, consumer: AIOKafkaConsumer | None) -> dict[str, int]:
        """Events not yet applied, per `topic-partition` of this member.

        Raises Retry while no partitions are assigned, or some were not fetched from: nobody knows then what is left.
        """
        joined = _joined(consumer)
        return await self._left(joined, joined.assignment())

    async def of_group(self, consumer: AIOKafkaConsumer | None) -> dict[str, int]:
        """The same of all partitions, whichever member of the group has them."""
        joined = _joined(consumer)
        return await self._left(joined, _partitions_of(joined))

    async def _left(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[str, int]:
        asked = sorted(partitions)
        begins, ends = await asyncio.gather(consumer.beginning_offsets(asked), consumer.end_offsets(asked))
        left = await asyncio.gather(*(self._left_of(consumer, at, begins[at], ends[at]) for at in asked))
        return {f"{at.topic}-{at.partition}": events for at, events in zip(asked, left, strict=True)}

    async def _left_of(self, consumer: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int) -> int:
        """Whatever comes before `begin` is gone, and was either applied or told to everybody long ago."""
        if partition not in consumer.assignment():
            return max(0, end - max(begin, await consumer.committed(partition) or 0))
        fetched: int | None = consumer.highwater(partition)
        if fetched is None:
            raise Retry("not all partitions were fetched from yet")
        if partition not in self._done:
            self._done.setdefault(partition, await consumer.committed(partition) or 0)
        # Tansu's word for the end is too low; what it said when it was fetched from is right
        return max(0, max(end, fetched) - max(begin, self._done[partition]))


def _joined(consumer: AIOKafkaConsumer | None) -> AIOKafkaConsumer:
    if consumer is None or not consumer.assignment():
        raise Retry("no partitions are assigned yet")
    return consumer


def _partitions_of(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    """All partitions of the topics that the group takes."""
    numbers = {topic: consumer.partitions_for_topic(topic) for topic in consumer.subscription()}
    unknown = sorted(topic for topic, found in numbers.items() if not found)
    if unknown:
        raise Retry(f"the broker does not know the topic {unknown[0]} yet")
    return [TopicPartition(topic, number) for topic, found in numbers.items() for number in found]
