"""Batches are read while others are applied: in the order of each partition, acknowledged when they are applied."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

import chassis.consuming.subscriber
from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Message, Received
from chassis.consuming.partition_lanes import LaneGroup
from chassis.consuming.subscriber import Subscriber
from chassis.consuming.validation import read_events
from chassis.errors import Retry
from chassis.kafka import partition_of
from chassis.settings import KafkaSettings
from contracts.library import ItemPosted
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.integration.stack import LOOK_SECONDS, Away, Running, drained, running, send
from tests.services.writeoff.library import configured, posted
from tests.support.patience import until

ITEMS = 40
BATCH_RECORDS = 5
APPLY_SECONDS = 0.1
PATIENCE_SECONDS = 30.0

apply = Dispatcher.apply
take = Subscriber._take
PARTIES = [f"P{number}" for number in range(ITEMS)]


async def send_items(numbers: Iterable[int]) -> None:
    await send(configured(), *(posted(f"I{number:02}", 100 + number) for number in numbers))


async def items_of(service: Running) -> list[str]:
    return [row["item_id"] for row in await service.rows("SELECT item_id FROM item ORDER BY item_id")]


async def test_a_batch_is_read_while_the_one_before_is_applied_and_applied_after_it(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    applying = 0
    most, ahead = 0, 0
    order: list[str] = []

    async def apply_slowly(self: Dispatcher, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        nonlocal applying, most
        names = [entry.event.item_id for entry in received if entry.record.topic == "item-posted"]
        applying += bool(names)
        most = max(most, applying)
        await asyncio.sleep(APPLY_SECONDS)
        outcome = await apply(self, received, dead)
        order.extend(names)
        applying -= bool(names)
        return outcome

    def noted(records: Iterable[Message]) -> tuple[list[Received[Any]], list[Dead]]:
        nonlocal ahead
        valid, poison = read_events(records)
        numbers = [int(entry.event.item_id[1:]) for entry in valid if isinstance(entry.event, ItemPosted)]
        ahead = max(ahead, min(numbers, default=0) - len(order))
        return valid, poison

    monkeypatch.setattr(Dispatcher, "apply", apply_slowly)
    monkeypatch.setattr(chassis.consuming.subscriber, "read_events", noted)
    await send_items(range(ITEMS))
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as writeoff:
        await drained([writeoff])

    assert order == [f"I{number:02}" for number in range(ITEMS)]
    assert most == 1, "one lane has one transaction at a time"
    assert 0 < ahead <= BATCH_RECORDS


async def test_a_batch_that_fails_is_applied_before_the_next_one(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    order: list[str] = []
    failures = 3

    async def apply_at_last(self: Dispatcher, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        nonlocal failures
        names = [entry.event.item_id for entry in received if entry.record.topic == "item-posted"]
        if "I07" in names and failures:
            failures -= 1
            raise Retry("not now")
        order.extend(names)
        return await apply(self, received, dead)

    monkeypatch.setattr(Dispatcher, "apply", apply_at_last)
    await send_items(range(ITEMS))
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as writeoff:
        await drained([writeoff])

        assert order == await items_of(writeoff) == [f"I{number:02}" for number in range(ITEMS)]
    assert failures == 0


async def test_a_partition_that_cannot_be_applied_does_not_keep_others_waiting(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    stuck = posted("I-stuck", party_id="P-stuck")
    partitions = KafkaSettings().partitions
    others = [posted("I", party_id=party) for party in PARTIES]
    free = [e for e in others if partition_of(e.key, partitions) != partition_of(stuck.key, partitions)]
    mended = asyncio.Event()

    async def apply_others(self: Dispatcher, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        if not mended.is_set() and any(entry.event == stuck for entry in received):
            raise Retry("not now")
        return await apply(self, received, dead)

    monkeypatch.setattr(Dispatcher, "apply", apply_others)
    await send(configured(), stuck, *free)
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as writeoff:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(items := await items_of(writeoff)) < len(free):  # noqa: ASYNC110 - no event tells of a row
                await asyncio.sleep(LOOK_SECONDS)
        mended.set()
        await drained([writeoff])

        assert "I-stuck" not in items
        assert "I-stuck" in await items_of(writeoff)


@pytest.mark.parametrize("unreadable", ["I02", "I12"])
async def test_a_batch_that_could_not_be_read_comes_again_and_none_is_passed_over(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch, unreadable: str
) -> None:
    """Whether it is the first of its partition, of which nothing was acknowledged yet, or a later one."""
    assert broker.bootstrap
    failures = 2

    def fails_sometimes(records: Iterable[Message]) -> tuple[list[Received[Any]], list[Dead]]:
        nonlocal failures
        found = list(records)
        if failures and any(unreadable.encode() in (record.value or b"") for record in found):
            failures -= 1
            raise MemoryError
        return read_events(found)

    monkeypatch.setattr(chassis.consuming.subscriber, "read_events", fails_sometimes)
    await send_items(range(ITEMS))
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as writeoff:
        await drained([writeoff])

        assert await items_of(writeoff) == [f"I{number:02}" for number in range(ITEMS)]
    assert failures == 0


async def let_go(database: FreshDatabase) -> list[str]:
    """What becomes of what a member was told that can apply nothing, and lets go of it when others join."""
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as well:
        async with asyncio.timeout(PATIENCE_SECONDS), running(database, "writeoff") as ill:
            ill.runtime.subscriber.dispatcher = away = Away(ill.runtime.dispatcher)
            await until(ill.runtime.subscriber.is_assigned, "the ill member has its part")
            await send(configured(), *(posted(f"{party}-1", party_id=party) for party in PARTIES))
            await away.tried.wait()
            async with running(database, "writeoff") as third:
                await until(third.runtime.subscriber.is_assigned, "a third member has its part")
        await drained([well])
        return await items_of(well)


async def test_a_member_that_can_apply_nothing_lets_go_of_its_partitions(
    database: FreshDatabase, broker: TestBroker
) -> None:
    assert broker.bootstrap

    assert await let_go(database) == sorted(f"{party}-1" for party in PARTIES)


async def test_acknowledging_a_batch_before_it_is_applied_loses_something(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap

    async def acknowledge_first(self: Subscriber, group: LaneGroup) -> None:
        await self._acknowledge(group.ends)
        await take(self, group)

    monkeypatch.setattr(Subscriber, "_take", acknowledge_first)

    assert set(await let_go(database)) < {f"{party}-1" for party in PARTIES}
