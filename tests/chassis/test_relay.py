"""The outbox is published in order, at least once, under one id, by one leader."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from chassis.database import COPIED_FROM, Database, connect, open_database
from chassis.kafka import new_producer
from chassis.outbox import publish, replay
from chassis.queries import load_queries
from chassis.relay import Relay
from contracts.envelope import read_headers
from contracts.library import ItemPosted
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.events import posted
from tests.seeds import SEED
from tests.support.patience import until

Records: TypeAlias = "list[ConsumerRecord[bytes, bytes]]"
LIMIT_SECONDS = 60.0
NEVER_SECONDS = 3_600.0
"""How long a relay sleeps that only a notification wakes."""
WRITERS, TRANSACTIONS = 3, 60
CHANNEL = "outbox_writeoff"


@pytest.fixture
async def outbox(database: FreshDatabase) -> AsyncIterator[Database]:
    opened = await open_database(database.settings("writeoff"))
    yield opened
    await opened.close()


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def all_marked(outbox: Database) -> None:
    for _ in range(int(LIMIT_SECONDS / 0.05)):
        if not await outbox.pool.fetchval(load_queries("chassis").count_unpublished):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


async def read(broker: TestBroker, count: int) -> Records:
    """The first `count` records of item-posted, of all partitions."""
    records: Records = []
    async with AIOKafkaConsumer(
        "item-posted", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(records) < count:
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records += some
    return records


async def test_events_of_a_party_keep_the_order_of_their_commits(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    relay = Relay(database.settings("writeoff"))

    async with running(relay):
        for number in range(30):
            async with outbox.transaction() as connection:
                await publish(connection, *(posted(f"I{number}", number + 1, party_id=f"P{n}") for n in range(7)))
        records = await read(broker, 210)

    by_party: dict[bytes, list[str]] = {}
    for record in records:
        assert record.key is not None
        by_party.setdefault(record.key, []).append(ItemPosted.model_validate_json(record.value or b"").item_id)
    assert list(by_party.values()) == [[f"I{number}" for number in range(30)]] * 7


async def test_many_events_of_one_transaction_keep_their_order_and_wake_the_relay(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    names = [f"I{number:04}" for number in range(COPIED_FROM + 1)]

    async with running(Relay(database.settings("writeoff"))):
        async with outbox.transaction() as connection:
            await publish(connection, *(posted(name) for name in names))
        records = await read(broker, len(names))

    assert [ItemPosted.model_validate_json(record.value or b"").item_id for record in records] == names


async def test_an_event_of_a_transaction_that_fails_is_never_published(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    with suppress(ZeroDivisionError):
        async with outbox.transaction() as connection:
            await publish(connection, posted("NEVER"))
            raise ZeroDivisionError

    async with running(Relay(database.settings("writeoff"))):
        async with outbox.transaction() as connection:
            await publish(connection, posted("KEPT"))
        (record,) = await read(broker, 1)

    assert b"KEPT" in (record.value or b"")


async def test_a_crash_between_sending_and_marking_sends_again_under_the_same_id(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    settings = database.settings("writeoff")
    async with outbox.transaction() as connection:
        await publish(connection, *(posted(f"I{number}") for number in range(5)))
    own = await connect(settings)
    async with new_producer(settings.kafka) as producer:
        transaction = own.transaction()
        await transaction.start()
        await Relay(settings).publish_next(own, producer)
        await transaction.rollback()
    await own.close()

    async with running(Relay(settings)):
        records = await read(broker, 10)

    ids = [read_headers(record.headers, ItemPosted).event_id for record in records]
    assert ids[:5] == ids[5:]
    assert len(set(ids)) == 5


async def test_only_one_of_two_relays_leads_and_the_other_takes_over(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    first, second = Relay(database.settings("writeoff")), Relay(database.settings("writeoff"))

    async with running(second):
        async with running(first):
            await until(lambda: first.is_alive and second.is_alive, "both relays are alive")
            leaders = [first.is_leader, second.is_leader]
        async with outbox.transaction() as connection:
            await publish(connection, posted("AFTER"))
        (record,) = await read(broker, 1)

    assert sorted(leaders) == [False, True]
    assert b"AFTER" in (record.value or b"")


async def test_a_transaction_wakes_a_relay_that_sleeps_and_no_other(database: FreshDatabase, outbox: Database) -> None:
    queries, heard = load_queries("chassis"), list[str]()
    relay = await connect(database.settings("writeoff"))
    await relay.add_listener(CHANNEL, lambda *call: heard.append(call[-1]))

    assert await relay.fetchval(queries.try_relay_sleep)
    async with outbox.transaction() as connection:
        await publish(connection, posted("ASLEEP"))
    assert await relay.fetchval(queries.end_relay_sleep)
    await outbox.pool.execute(f"NOTIFY {CHANNEL}, 'awake'")
    async with outbox.transaction() as connection:
        await publish(connection, posted("AWAKE"))
        may_sleep = await relay.fetchval(queries.try_relay_sleep)
    await outbox.pool.execute(f"NOTIFY {CHANNEL}, 'end'")
    await until(lambda: "end" in heard, "all that was notified is heard")
    await relay.close()

    assert heard == ["", "awake", "end"]
    assert may_sleep is False, "a relay that nobody will wake stays awake until the transaction has ended"


async def test_no_event_is_overlooked_when_transactions_end_as_the_relay_falls_asleep(
    database: FreshDatabase, outbox: Database, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.relay.IDLE_SECONDS", NEVER_SECONDS)
    chance = random.Random(SEED)

    async def write(writer: int) -> None:
        for number in range(TRANSACTIONS):
            async with outbox.transaction() as connection:
                await publish(connection, posted(f"I{number}", party_id=f"P{writer}"))
                await asyncio.sleep(chance.uniform(0.0, 0.01))
            await asyncio.sleep(chance.uniform(0.0, 0.04))

    async with running(Relay(database.settings("writeoff"))):
        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
        records = await read(broker, WRITERS * TRANSACTIONS)

    assert len(records) == WRITERS * TRANSACTIONS


async def test_replaying_publishes_everything_that_is_kept_in_its_old_order(
    database: FreshDatabase, outbox: Database, broker: TestBroker
) -> None:
    async with running(Relay(database.settings("writeoff"))):
        async with outbox.transaction() as connection:
            await publish(connection, *(posted(f"I{number}") for number in range(5)))
        await all_marked(outbox)
        async with outbox.transaction() as connection:
            queued = await replay(connection)
        records = await read(broker, 10)

    items = [ItemPosted.model_validate_json(record.value or b"").item_id for record in records]
    assert queued == 5
    assert items == [f"I{number}" for number in range(5)] * 2
