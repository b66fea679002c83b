"""A fault of our own stops what it meets, loudly; it never turns good events into dead letters."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition

from chassis.consuming.dead_letters import DeadLetterAllowance, DeadLetterLimit, TooManyDeadLetters
from chassis.consuming.handling import Handled, Received, Record
from chassis.consuming.partition_lanes import LaneGroup, Lanes
from chassis.database import Connection
from chassis.errors import Retry
from chassis.faults import Standstill
from tests.chassis.consuming.conftest import Consumer
from tests.events import changed, posted, record_of
from tests.support.patience import until

NOW = datetime.now(UTC)
OWN_FAULTS: list[Callable[[], object]] = [
    lambda: dict[str, str]()["kind"],
    lambda: len(None),  # type: ignore[arg-type]
    lambda: None.kind,  # type: ignore[attr-defined]
    lambda: int("no number"),
]


def plant(consumer: Consumer, topic: str, fault: Callable[[], object], item_id: str | None = None) -> None:
    """Have a topic's handler fail on one item's events, or on all."""
    original = consumer.dispatcher.handlers[topic]

    async def failing(connection: Connection, received: Sequence[Received[Any]]) -> Handled | None:
        if item_id is None or any(entry.event.item_id == item_id for entry in received):
            fault()
        return await original(connection, received)

    consumer.dispatcher.handlers = {**consumer.dispatcher.handlers, topic: failing}


async def count(consumer: Consumer, table: str) -> int:
    (row,) = await consumer.rows(f"SELECT count(*) AS count FROM {table}")  # noqa: S608 - a name of ours
    return int(row["count"])


@pytest.mark.parametrize("fault", OWN_FAULTS)
async def test_a_fault_of_ours_applies_nothing_and_makes_no_dead_letter(
    consumer: Consumer, fault: Callable[[], object]
) -> None:
    plant(consumer, "item-posted", fault, "I7")

    with pytest.raises((KeyError, TypeError, AttributeError, ValueError)) as raised:
        await consumer.take([record_of(posted(f"I{number}"), number) for number in range(10)])

    assert raised.value.__notes__ == ["on item-posted"]
    assert (await count(consumer, "item"), await count(consumer, "dead_letter")) == (0, 0)


async def test_a_dead_letter_that_meets_a_fault_of_ours_stays_as_it_is(consumer: Consumer) -> None:
    plant(consumer, "item-posted", OWN_FAULTS[0])

    with pytest.raises(KeyError):
        async with consumer.database.transaction() as connection:
            await consumer.dispatcher.retry_dead(connection, record_of(posted("I1")))

    assert await count(consumer, "item") == 0


async def test_a_lane_that_meets_a_fault_of_ours_says_so_and_goes_on_when_it_is_mended() -> None:
    standstill, broken = Standstill(), True
    applied: list[int] = []

    async def apply(group: LaneGroup) -> None:
        if broken and 1 in {partition.partition for partition in group.ends}:
            raise KeyError("kind")
        applied.append(1)

    async def passing(_group: LaneGroup) -> None:
        raise Retry("the database is away")

    lanes = Lanes(apply, at_once=10, standstill=standstill)
    lanes.put(0, LaneGroup(ends={TopicPartition("t", 0): 1}))
    lanes.put(1, LaneGroup(ends={TopicPartition("t", 1): 1}))
    await until(lambda: standstill.told() is not None and bool(applied), "one lane stands still, the other is done")
    told = standstill.told()
    broken = False
    await until(lambda: standstill.told() is None, "it goes on")
    other = Lanes(passing, at_once=10, standstill=standstill)
    other.put(0, LaneGroup())
    await asyncio.sleep(0.05)
    quiet = standstill.told()
    await other.give_up()

    assert told == "lane (1): KeyError"
    assert quiet is None


async def test_a_waiting_event_that_meets_a_fault_of_ours_keeps_no_other_waiting(consumer: Consumer) -> None:
    items = [f"I{number}" for number in range(20)]
    await consumer.take([record_of(changed(item, 2), number) for number, item in enumerate(items)])
    await consumer.take([record_of(posted(item), number) for number, item in enumerate(items)])
    original = consumer.dispatcher.handlers
    plant(consumer, "item-changed", OWN_FAULTS[0], "I7")

    await consumer.sweeper.sweep(NOW)
    rows = await consumer.rows("SELECT attempts, next_attempt_at > clock_timestamp() AS later FROM waiting_event")
    told = consumer.dispatcher.standstill.told()
    consumer.dispatcher.handlers = original
    await consumer.rows("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
    await consumer.sweeper.sweep(NOW)

    assert [dict(row) for row in rows] == [{"attempts": 2, "later": True}]
    assert told == "waiting (1): KeyError on item-changed"
    assert (await count(consumer, "waiting_event"), await count(consumer, "dead_letter")) == (0, 0)
    assert await count(consumer, "item WHERE state_version = 2") == 20
    assert consumer.dispatcher.standstill.told() is None


async def test_the_process_lives_when_nothing_that_waits_can_be_tried(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consumer.take([record_of(changed("I1", 2))])
    await consumer.take([record_of(posted("I1"))])
    tried = 0
    sweep = type(consumer.sweeper).sweep

    async def broken_twice(self: Any, now: datetime) -> int:
        nonlocal tried
        tried += 1
        if tried <= 2:
            raise TypeError("a fault of ours before any event")
        return await sweep(self, now)

    monkeypatch.setattr(type(consumer.sweeper), "sweep", broken_twice)
    running = asyncio.create_task(consumer.sweeper.run())
    await until(lambda: tried > 2 and consumer.dispatcher.standstill.told() is None, "it goes on")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert await count(consumer, "item WHERE state_version = 2") == 1


def limited(consumer: Consumer, tolerated: int, share: float) -> None:
    consumer.dispatcher.limit = DeadLetterLimit(DeadLetterAllowance(tolerated, share))


def bad(number: int) -> Record:
    return record_of(posted(f"BAD{number}"), number, value=b"{nonsense %d" % number)


async def test_dead_letters_up_to_the_limit_are_taken_and_one_more_stops_the_taking(consumer: Consumer) -> None:
    limited(consumer, tolerated=3, share=0.0)

    await consumer.take([bad(0), bad(1), record_of(posted("I1"), 9)])
    await consumer.take([bad(2)])
    with pytest.raises(TooManyDeadLetters):
        await consumer.take([bad(3), record_of(posted("I2"), 10)])
    with pytest.raises(TooManyDeadLetters):
        await consumer.take([record_of(posted("I3"), 11)])

    assert (await count(consumer, "item"), await count(consumer, "dead_letter")) == (1, 3)
    told = "nothing is taken: 4 of 6 events on item-posted would become dead letters"
    assert consumer.dispatcher.limit.told() == told


async def test_a_share_of_many_events_may_be_dead(consumer: Consumer) -> None:
    limited(consumer, tolerated=0, share=0.1)

    await consumer.take([bad(0), *(record_of(posted(f"I{number}"), number) for number in range(1, 10))])
    with pytest.raises(TooManyDeadLetters):
        await consumer.take([bad(1), *(record_of(posted(f"I{number}"), number) for number in range(10, 18))])

    assert (await count(consumer, "item"), await count(consumer, "dead_letter")) == (9, 1)


async def test_dead_letters_that_are_known_already_count_nothing(consumer: Consumer) -> None:
    limited(consumer, tolerated=2, share=0.0)

    for _ in range(3):
        await consumer.take([bad(0), bad(1)])

    assert consumer.dispatcher.limit.told() is None


def test_each_minute_has_its_own_limit_and_a_limit_that_was_reached_stays() -> None:
    now = 0.0
    limit = DeadLetterLimit(DeadLetterAllowance(tolerated=2, share=0.0), lambda: now)
    two = [bad(0), bad(1)]
    limit.check_before_commit(two, two)
    limit.add(two, two)

    now = 60.0
    limit.check_before_commit(two, two)
    limit.add(two, two)
    with pytest.raises(TooManyDeadLetters):
        limit.check_before_commit(two[:1], two[:1])
    now = 6_000.0

    with pytest.raises(TooManyDeadLetters):
        limit.check()


async def test_what_waits_counts_towards_the_same_limit(consumer: Consumer) -> None:
    await consumer.take([record_of(changed("I1", 2))])
    await consumer.rows("UPDATE waiting_event SET body = '{nonsense', next_attempt_at = clock_timestamp()")
    limited(consumer, tolerated=0, share=0.0)

    with pytest.raises(TooManyDeadLetters):
        await consumer.sweeper.sweep(NOW)

    assert (await count(consumer, "waiting_event"), await count(consumer, "dead_letter")) == (1, 0)
