"""Lanes keep nothing of what was read but their groups, and try again what fails."""

import asyncio
from contextvars import ContextVar

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from chassis.consuming.partition_lanes import STILL_SECONDS, LaneGroup, Lanes, size_of
from chassis.consuming.validation import read_events
from chassis.errors import TooSlow
from tests.events import posted, record_of

MESSAGE: ContextVar[str] = ContextVar("message")


async def test_a_lane_knows_nothing_of_the_context_in_which_a_group_was_put() -> None:
    """Who puts has the message in its context, and each timer of the database keeps the context that it was made in."""
    seen: list[str | None] = []
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        seen.append(MESSAGE.get(None))
        applied.set()

    lanes = Lanes(apply, at_once=10)
    MESSAGE.set("all records of a batch")
    lanes.put(0, LaneGroup())
    await applied.wait()

    assert seen == [None]


async def test_what_fails_is_tried_again_after_pauses_that_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consuming.partition_lanes.FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("chassis.faults.LONGEST_PAUSE_SECONDS", 0.003)
    failures = iter(range(4))
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        if next(failures, None) is not None:
            raise ConnectionError
        applied.set()

    with capture_logs() as logs:
        Lanes(apply, at_once=10).put(0, LaneGroup())
        await applied.wait()

    assert [entry["pause_seconds"] for entry in logs] == [0.001, 0.002, 0.003, 0.003]


def group_of(events: int, *, size: int = 300) -> LaneGroup:
    """Events of one partition as they were read, each of about so many bytes."""
    records = [record_of(posted(f"I{number:04}", description="x" * (size - 300)), number) for number in range(events)]
    received, _ = read_events(records)
    return LaneGroup(received, [], {TopicPartition("item-posted", 0): events}, size_of(received))


async def test_a_group_that_is_too_slow_is_cut_until_it_works_and_nothing_is_applied_twice_or_out_of_order() -> None:
    applied: list[list[int]] = []
    ends: list[int] = []
    tried: list[int] = []
    done = asyncio.Event()

    async def apply(group: LaneGroup) -> None:
        tried.append(len(group))
        if len(group) > 2:
            raise TooSlow("QueryCanceledError")
        applied.append([entry.record.offset for entry in group.received])
        ends.extend(group.ends.values())
        if group.ends == {TopicPartition("item-posted", 0): 16}:
            done.set()

    Lanes(apply, at_once=16).put(0, group_of(16))
    async with asyncio.timeout(10):
        await done.wait()

    assert [offset for offsets in applied for offset in offsets] == list(range(16))
    assert ends == [offsets[-1] + 1 for offsets in applied]
    assert tried[:4] == [16, 8, 4, 2]


async def test_a_single_event_that_is_too_slow_comes_again_after_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consuming.partition_lanes.FIRST_PAUSE_SECONDS", 0.001)
    failures = iter(range(3))
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        if next(failures, None) is not None:
            raise TooSlow("LockNotAvailableError")
        applied.set()

    with capture_logs() as logs:
        Lanes(apply, at_once=10).put(0, group_of(1))
        await applied.wait()

    assert [entry["event"] for entry in logs] == ["batch is retried"] * 3


async def test_after_a_cut_a_lane_takes_twice_as_much_each_time_until_it_is_as_much_as_ever() -> None:
    taken: list[int] = []
    done = asyncio.Event()

    async def apply(group: LaneGroup) -> None:
        taken.append(len(group))
        if len(taken) == 1:
            raise TooSlow("QueryCanceledError")
        if group.ends == {TopicPartition("item-posted", 0): 40}:
            done.set()

    Lanes(apply, at_once=16).put(0, group_of(40))
    async with asyncio.timeout(10):
        await done.wait()

    assert taken == [16, 8, 8, 16, 8]


async def test_large_events_are_fewer_at_once_than_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consuming.partition_lanes.AT_ONCE_BYTES", 2_000)
    sizes: list[int] = []
    done = asyncio.Event()

    async def apply(group: LaneGroup) -> None:
        sizes.append(group.size)
        if group.ends == {TopicPartition("item-posted", 0): 20}:
            done.set()

    Lanes(apply, at_once=100).put(0, group_of(20, size=600))
    async with asyncio.timeout(10):
        await done.wait()

    assert max(sizes) <= 2_000
    assert len(sizes) >= 5


async def test_what_is_read_waits_while_the_bytes_of_a_transaction_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consuming.partition_lanes.AT_ONCE_BYTES", 2_000)
    held, let_go = asyncio.Event(), asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        held.set()
        await let_go.wait()

    lanes = Lanes(apply, at_once=100)
    lanes.put(0, group_of(20, size=600))
    await held.wait()
    room = asyncio.create_task(lanes.room())
    await asyncio.sleep(0)
    waited = not room.done()
    let_go.set()

    await asyncio.wait_for(room, 10)
    assert waited


async def test_a_lane_that_applies_nothing_for_minutes_says_for_how_long() -> None:
    now, stuck, let_go = [0.0], asyncio.Event(), asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        stuck.set()
        await let_go.wait()

    lanes = Lanes(apply, at_once=10, clock=lambda: now[0])
    lanes.put(3, group_of(1))
    await stuck.wait()
    now[0] = STILL_SECONDS
    at_the_limit = lanes.still()
    now[0] += 1.0
    beyond = lanes.still()
    let_go.set()
    await lanes.give_up()

    assert (at_the_limit, beyond, lanes.still()) == ({}, {3: STILL_SECONDS + 1.0}, {})


async def test_a_group_that_came_to_be_cut_while_lanes_are_given_up_is_dropped() -> None:
    begun, let_go = asyncio.Event(), asyncio.Event()
    tried = 0

    async def apply(_group: LaneGroup) -> None:
        nonlocal tried
        tried += 1
        begun.set()
        await let_go.wait()
        raise TooSlow("QueryCanceledError")

    lanes = Lanes(apply, at_once=10)
    lanes.put(0, group_of(10))
    await begun.wait()
    giving_up = asyncio.create_task(lanes.give_up())
    await asyncio.sleep(0)
    let_go.set()
    await asyncio.wait_for(giving_up, 10)

    assert tried == 1
    await asyncio.wait_for(lanes.room(), 1)
