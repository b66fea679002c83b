"""What comes before what it refers to waits, visibly, and is applied when that comes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.event import Event
from contracts.library import BailiffReferred
from contracts.matching import ItemsMatched
from contracts.reminders import ReminderIssued
from tests.chassis.consuming.conftest import WAIT_LIMIT_SECONDS, Consumer
from tests.events import changed, event_of, posted, record_of

NOW = datetime.now(UTC)


async def test_a_change_of_an_unknown_item_waits_and_is_applied_when_the_item_comes(consumer: Consumer) -> None:
    outcome = await consumer.take([record_of(changed("I1", 2, blocked=True))])
    (row,) = await consumer.rows("SELECT topic, refers_to FROM waiting_event")

    await consumer.take([record_of(posted("I1"))])
    await consumer.sweeper.sweep(NOW)

    assert len(outcome.waiting) == 1
    assert (row["topic"], row["refers_to"]) == ("item-changed", "item I1")
    assert await consumer.rows("SELECT 1 FROM waiting_event") == []
    (item,) = await consumer.rows("SELECT blocked, state_version FROM item")
    assert (item["blocked"], item["state_version"]) == (True, 2)


async def test_the_item_wakes_what_waits_for_its_party(consumer: Consumer) -> None:
    await consumer.take([record_of(changed("I1", 2))])
    consumer.dispatcher.stirred.clear()

    await consumer.take([record_of(posted("I1"))])

    assert consumer.dispatcher.stirred.is_set()
    (row,) = await consumer.rows("SELECT next_attempt_at <= clock_timestamp() AS due FROM waiting_event")
    assert row["due"]


async def test_what_still_waits_is_tried_less_and_less_often(consumer: Consumer) -> None:
    await consumer.take([record_of(changed("I1", 2))])

    for _ in range(3):
        await consumer.database.pool.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await consumer.sweeper.sweep(NOW)

    (row,) = await consumer.rows("SELECT attempts, next_attempt_at - clock_timestamp() AS pause FROM waiting_event")
    assert row["attempts"] == 4
    assert row["pause"] > timedelta(seconds=1)


async def test_an_event_that_waits_twice_is_one(consumer: Consumer) -> None:
    for offset in range(2):
        await consumer.take([record_of(changed("I1", 2), offset)])

    assert len(await consumer.rows("SELECT 1 FROM waiting_event")) == 1


async def test_what_waits_beyond_the_limit_is_told_to_its_handler(consumer: Consumer) -> None:
    seen: list[bool] = []
    original = consumer.dispatcher.handlers["item-changed"]

    async def watching(connection: Connection, received: Sequence[Received[Any]]) -> Handled | None:
        seen.extend(entry.overdue for entry in received)
        return await original(connection, received)

    consumer.dispatcher.handlers = {**consumer.dispatcher.handlers, "item-changed": watching}
    before = await consumer.database.now()
    await consumer.take([record_of(changed("I1", 2))])
    after = await consumer.database.now()
    limit, moment = timedelta(seconds=WAIT_LIMIT_SECONDS), timedelta(seconds=1)
    for now in (before + limit - moment, after + limit + moment):
        await consumer.database.pool.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await consumer.sweeper.sweep(now)

    assert seen == [False, False, True]


@pytest.mark.parametrize("contract", [ItemsMatched, ReminderIssued, BailiffReferred])
async def test_every_event_about_items_waits_for_them(consumer: Consumer, contract: type[Event]) -> None:
    await consumer.take([record_of(event_of(contract))])

    await consumer.take([record_of(posted("I-2026-000881")), record_of(posted("I-2026-000912", -2000), 1)])
    await consumer.sweeper.sweep(NOW)

    assert await consumer.rows("SELECT 1 FROM waiting_event") == []
    (item,) = await consumer.rows("SELECT status, open_amount FROM item WHERE item_id = 'I-2026-000881'")
    expected = {"items-matched": ("open", 0), "reminder-issued": ("reminded", 1250)}.get(contract.topic)
    assert (item["status"], item["open_amount"]) == (expected or ("bailiff", 1250))
