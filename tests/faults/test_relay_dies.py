"""The relay dies at every await, of the database and of the broker: each event is published, in order, under one id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.database import Database, server_settings
from chassis.kafka import new_producer
from chassis.outbox import publish
from chassis.relay import Relay
from chassis.settings import Settings
from contracts.envelope import read_headers
from contracts.library import ItemPosted
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.events import posted
from tests.faults.dying import Life, ProcessDied, gone, living, mortal_connection

PARTIES = 6
EVENTS_PER_PARTY = 4
READ_TIMEOUT_MS = 300


class MortalProducer:
    """A real producer whose sends are calls of the process too."""

    def __init__(self, producer: AIOKafkaProducer, life: Life) -> None:
        self.producer = producer
        self.life = life

    def create_batch(self) -> Any:
        return self.producer.create_batch()

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        return await self.life.step(lambda: self.producer.send_batch(batch, topic, partition=partition))


@asynccontextmanager
async def mortal_leader(settings: Settings, life: Life) -> AsyncIterator[Any]:
    """The connection on which a relay reads and marks, as long as its life lasts."""
    connection = await asyncpg.connect(
        settings.database_url.get_secret_value(),
        connection_class=mortal_connection(life),
        server_settings=server_settings(settings.schema_name, life.name),
    )
    try:
        yield connection
    finally:
        connection.terminate()


async def publish_all(settings: Settings, life: Life) -> None:
    """Publish what is to be published, or die over it."""
    async with new_producer(settings.kafka) as producer, mortal_leader(settings, life) as connection:
        with suppress(ProcessDied):
            mortal: Any = MortalProducer(producer, life)
            while await Relay(settings).publish_next(connection, mortal):
                pass


async def queue(database: Database, generation: str) -> None:
    for number in range(EVENTS_PER_PARTY):
        async with database.transaction() as connection:
            events = [posted(f"{generation}-{number}", 1 + number, party_id=f"P{index}") for index in range(PARTIES)]
            await publish(connection, *events)


async def records(broker: TestBroker) -> list[Any]:
    """All records of item-posted."""
    found: list[Any] = []
    async with AIOKafkaConsumer(
        "item-posted", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while len(found) < sum(ends.values()):
            for some in (await consumer.getmany(timeout_ms=READ_TIMEOUT_MS)).values():
                found += some
    return found


async def test_whenever_the_relay_dies_its_successor_publishes_the_rest(
    database: FreshDatabase, broker: TestBroker
) -> None:
    settings = database.settings("writeoff")
    undisturbed = Life()
    async with living(settings, Life()) as whole:
        await queue(whole, "WHOLE")
        await publish_all(settings, undisturbed)
        generations = ["WHOLE"]
        for life in [Life(at, when) for at in range(1, undisturbed.steps + 1) for when in ("before", "after")]:
            generations.append(life.name)
            await queue(whole, life.name)
            await publish_all(settings, life)
            await gone(whole, life)
            await publish_all(settings, Life())
        left = await whole.pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")

    assert left == 0
    assert undisturbed.steps > 4
    first_seen: dict[str, list[str]] = {}
    ids: dict[tuple[str, str], set[str]] = {}
    for record in await records(broker):
        event = ItemPosted.model_validate_json(record.value)
        seen = first_seen.setdefault(event.party_id, [])
        if event.item_id not in seen:
            seen.append(event.item_id)
        ids.setdefault((event.party_id, event.item_id), set()).add(read_headers(record.headers, ItemPosted).event_id)
    in_order = [f"{generation}-{number}" for generation in generations for number in range(EVENTS_PER_PARTY)]
    assert first_seen == {f"P{index}": in_order for index in range(PARTIES)}
    assert {len(names) for names in ids.values()} == {1}
