"""A record with a header whose name is no text stands in no way, on whatever broker."""

import pytest
from aiokafka import AIOKafkaProducer

from chassis.kafka import new_producer, partition_of
from chassis.settings import KafkaSettings
from contracts.event import Event
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.events import record_of
from tests.integration.stack import drained, running, send
from tests.services.writeoff.library import configured, posted
from tests.support.header_names import PLACEHOLDER, without_text

pytestmark = pytest.mark.broker


async def send_forged(producer: AIOKafkaProducer, partitions: int, *events: Event) -> None:
    """Events of one partition in one batch, each with a header whose name is no text."""
    batch = producer.create_batch()
    for event in events:
        record = record_of(event)
        headers = [*record.headers, (PLACEHOLDER, b"x")]
        batch.append(timestamp=None, key=record.key, value=record.value, headers=headers)
    batch.close()
    batch._buffer = bytearray(without_text(batch._builder.build()))
    (partition,) = {partition_of(event.key, partitions) for event in events}
    await (await producer.send_batch(batch, events[0].topic, partition=partition))


async def test_a_header_whose_name_is_no_text_keeps_its_partition_going(
    database: FreshDatabase, broker: TestBroker
) -> None:
    settings = KafkaSettings()
    assert broker.bootstrap == settings.bootstrap
    await send(configured(), posted("BEFORE"))
    async with new_producer(settings) as producer:
        await send_forged(producer, settings.partitions, posted("ODD"), posted("BESIDE"))
    await send(posted("AFTER"))

    async with running(database, "writeoff") as service:
        await drained([service])
        rows = await service.rows("SELECT item_id FROM item ORDER BY item_id")

    assert [row["item_id"] for row in rows] == ["AFTER", "BEFORE", "BESIDE", "ODD"]
