"""What takes longer than a statement or a lock may is cut, in a lane and in what waits, and never repeated whole."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition

from chassis.consuming.handling import Handled, Received, Record
from chassis.consuming.partition_lanes import LaneGroup, Lanes, size_of
from chassis.consuming.validation import read_events
from chassis.database import Connection
from chassis.errors import TooSlow
from tests.chassis.consuming.conftest import Consumer
from tests.events import changed, posted, record_of

EVENTS, FAST_ENOUGH = 16, 3
NOW = datetime.now(UTC)


def slow_from(consumer: Consumer, topic: str, events: int, statement: str) -> list[int]:
    """Have a topic's handler do a statement that is cancelled when it gets so many events; gives what it was given."""
    tried: list[int] = []
    original = consumer.dispatcher.handlers[topic]

    async def slow(connection: Connection, received: Sequence[Received[Any]]) -> Handled | None:
        tried.append(len(received))
        if len(received) >= events:
            await connection.execute("SET LOCAL statement_timeout = 20")
            await connection.execute(statement)
        return await original(connection, received)

    consumer.dispatcher.handlers = {**consumer.dispatcher.handlers, topic: slow}
    return tried


def group_of(records: Sequence[Record]) -> LaneGroup:
    received, dead = read_events(records)
    return LaneGroup(received, dead, {TopicPartition("item-posted", 0): len(records)}, size_of(received))


async def test_a_statement_that_is_cancelled_says_that_less_may_work(consumer: Consumer) -> None:
    slow_from(consumer, "item-posted", 1, "SELECT pg_sleep(5)")

    with pytest.raises(TooSlow, match="QueryCanceledError"):
        await consumer.take([record_of(posted("I1"))])

    assert await consumer.rows("SELECT FROM item") == []


async def test_a_lock_that_does_not_come_says_so_too(consumer: Consumer) -> None:
    async def waits(connection: Connection, _received: Sequence[Received[Any]]) -> None:
        await connection.execute("SET LOCAL lock_timeout = 20")
        await connection.execute("SELECT pg_advisory_xact_lock(42)")

    consumer.dispatcher.handlers = {**consumer.dispatcher.handlers, "item-posted": waits}
    async with consumer.database.transaction() as other:
        await other.execute("SELECT pg_advisory_xact_lock(42)")

        with pytest.raises(TooSlow, match="LockNotAvailableError"):
            await consumer.take([record_of(posted("I1"))])


async def test_a_lane_applies_all_of_a_group_that_is_too_slow_in_parts(consumer: Consumer) -> None:
    tried = slow_from(consumer, "item-posted", FAST_ENOUGH, "SELECT pg_sleep(5)")
    records = [record_of(posted(f"I{number:02}"), number) for number in range(EVENTS)]
    done = asyncio.Event()

    async def apply(group: LaneGroup) -> None:
        await consumer.dispatcher.apply(group.received, group.dead)
        if set(group.ends.values()) == {EVENTS}:
            done.set()

    Lanes(apply, EVENTS).put(0, group_of(records))
    async with asyncio.timeout(30):
        await done.wait()

    assert [row["item_id"] for row in await consumer.rows("SELECT item_id FROM item ORDER BY item_id")] == [
        f"I{number:02}" for number in range(EVENTS)
    ]
    assert tried[:4] == [16, 8, 4, 2]


async def test_a_sweep_that_is_too_slow_takes_fewer_until_all_that_waited_is_applied(consumer: Consumer) -> None:
    await consumer.take([record_of(changed(f"I{number:02}"), number) for number in range(EVENTS)])
    await consumer.take([record_of(posted(f"I{number:02}"), 100 + number) for number in range(EVENTS)])
    tried = slow_from(consumer, "item-changed", FAST_ENOUGH, "SELECT pg_sleep(5)")
    await consumer.rows("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
    task = asyncio.create_task(consumer.sweeper.run())

    for _ in range(600):
        if not await consumer.rows("SELECT FROM waiting_event"):
            break
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])

    assert min(tried) < FAST_ENOUGH
    assert len(await consumer.rows("SELECT FROM item WHERE state_version > 0")) == EVENTS


async def test_a_sweep_takes_no_more_bytes_than_a_transaction_may_have(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consuming.waiting_retry.AT_ONCE_BYTES", 1_000)
    await consumer.take([record_of(changed(f"I{number:02}"), number) for number in range(EVENTS)])
    await consumer.rows("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")

    swept = await consumer.sweeper.sweep(NOW)

    assert 1 <= swept < EVENTS
