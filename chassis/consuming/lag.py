"""How much is left to take: what the broker has beyond what was applied and acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.errors import Retry


class GroupPosition(NamedTuple):
    """How far a group is on a partition: the offset that it applies next, and the one that comes next."""

    applied: int
    end: int

    @property
    def left(self) -> int:
        """How many events the group has not applied yet."""
        return max(0, self.end - self.applied)


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
        return _lefts(await self._positions(joined, joined.assignment()))

    async def of_group(self, consumer: AIOKafkaConsumer | None) -> dict[str, int]:
        """The same of all partitions, whichever member of the group has them."""
        return _lefts(await self.positions_of_group(consumer))

    async def positions_of_group(self, consumer: AIOKafkaConsumer | None) -> dict[str, GroupPosition]:
        """How far the group is on all partitions, whichever member has them."""
        joined = _joined(consumer)
        return await self._positions(joined, _partitions_of(joined))

    async def _positions(
        self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
    ) -> dict[str, GroupPosition]:
        asked = sorted(partitions)
        begins, ends = await asyncio.gather(consumer.beginning_offsets(asked), consumer.end_offsets(asked))
        found = await asyncio.gather(*(self._position(consumer, at, begins[at], ends[at]) for at in asked))
        return {f"{at.topic}-{at.partition}": position for at, position in zip(asked, found, strict=True)}

    async def _position(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int
    ) -> GroupPosition:
        """Whatever comes before `begin` is gone, and was either applied or told to everybody long ago."""
        if partition not in consumer.assignment():
            return GroupPosition(max(begin, await consumer.committed(partition) or 0), end)
        fetched: int | None = consumer.highwater(partition)
        if fetched is None:
            raise Retry("not all partitions were fetched from yet")
        if partition not in self._done:
            self._done.setdefault(partition, await consumer.committed(partition) or 0)
        # Tansu's word for the end is too low; what it said when it was fetched from is right
        return GroupPosition(max(begin, self._done[partition]), max(end, fetched))


def _lefts(positions: Mapping[str, GroupPosition]) -> dict[str, int]:
    return {name: position.left for name, position in positions.items()}


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
