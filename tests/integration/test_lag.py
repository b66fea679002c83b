"""How much is left to take is told by each process of a service for all of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Received
from chassis.errors import Retry
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.integration.stack import LOOK_SECONDS, Away, Running, drained, running, send
from tests.services.writeoff.library import configured, posted
from tests.support.patience import until

ITEMS = 40
BATCH_RECORDS = 5
PATIENCE_SECONDS = 30.0
PARTIES = [f"P{number}" for number in range(ITEMS)]

apply = Dispatcher.apply


async def first_items_left(service: Running) -> int:
    """How many postings a service that has just begun says are left, as soon as it says anything."""
    while True:
        try:
            lag = await service.runtime.subscriber.lag()
            return sum(events for at, events in lag.items() if at.startswith("item-posted"))
        except Retry:
            await asyncio.sleep(0)


async def test_a_service_that_begins_in_the_middle_of_what_was_sent_at_once_knows_what_is_left(
    database: FreshDatabase, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    stuck = asyncio.Event()

    async def apply_half(self: Dispatcher, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        if any(entry.record.topic == "item-posted" and entry.record.offset >= ITEMS / 2 for entry in received):
            stuck.set()
            raise Retry("the database is full")
        return await apply(self, received, dead)

    monkeypatch.setattr(Dispatcher, "apply", apply_half)
    await send(configured(), *(posted(f"I{number:02}", 100) for number in range(ITEMS)))
    async with running(database, "writeoff", batch_records=BATCH_RECORDS):
        await asyncio.wait_for(stuck.wait(), PATIENCE_SECONDS)
    async with running(database, "writeoff", batch_records=BATCH_RECORDS) as again:
        left = await first_items_left(again)

        assert left == ITEMS - len(await again.rows("SELECT item_id FROM item"))
        assert 0 < left < ITEMS


async def postings_left(service: Running) -> int | None:
    """How many postings the whole service has still to take, by this process's word; None while it cannot know."""
    try:
        lag = await service.runtime.subscriber.group_lag()
    except Retry:
        return None
    return sum(events for at, events in lag.items() if at.startswith("item-posted"))


async def test_what_another_process_has_not_taken_is_left_too(database: FreshDatabase, broker: TestBroker) -> None:
    assert broker.bootstrap
    async with running(database, "writeoff") as well, running(database, "writeoff") as ill:
        ill.runtime.subscriber.dispatcher = Away(ill.runtime.dispatcher)
        await until(lambda: well.runtime.subscriber.is_assigned() and ill.runtime.subscriber.is_assigned(), "both work")
        for party in PARTIES:
            await send(posted(f"{party}-1", party_id=party))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await well.is_drained():  # noqa: ASYNC110 - it is asked of the broker
                await asyncio.sleep(LOOK_SECONDS)
        left = await postings_left(well)
        await ill.runtime.subscriber.stop()
        await drained([well])

        assert left is not None
        assert 0 < left < ITEMS
        assert await postings_left(well) == 0
