"""A service takes topics as they are: it makes none, and says which have not the partitions that it expects."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis.consuming.subscriber import Subscriber
from deploy.embedded.broker.server import Broker
from deploy.embedded.broker.topics import create_topics
from tests.brokers.apache import ApacheKafka
from tests.brokers.jars import KafkaMissing
from tests.chassis.consuming.conftest import Consumer
from tests.databases import FreshDatabase
from tests.support.patience import until

PARTITIONS = 6
MADE_UP = 4
"""As many has a topic that the embedded broker makes up because somebody asked for it."""


@pytest.fixture
def empty_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that has no topics, of each of which the settings expect PARTITIONS."""
    with Broker(tmp_path / "broker") as started:
        monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", started.bootstrap)
        monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
        monkeypatch.setenv("OPENITEMS_KAFKA_SESSION_TIMEOUT_MS", "3000")
        yield started


@asynccontextmanager
async def subscribed(database: FreshDatabase, consumer: Consumer) -> AsyncIterator[Subscriber]:
    """The consuming half of a service, in its group."""
    subscriber = Subscriber(database.settings("writeoff"), consumer.dispatcher)
    await subscriber.start()
    try:
        await until(subscriber.is_assigned, "it has partitions")
        yield subscriber
    finally:
        await subscriber.stop()


async def test_a_service_makes_no_topics(database: FreshDatabase, consumer: Consumer, empty_broker: Broker) -> None:
    async with subscribed(database, consumer):
        admin = AIOKafkaAdminClient(bootstrap_servers=empty_broker.bootstrap)
        await admin.start()
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        await admin.close()

    assert found == dict.fromkeys(consumer.dispatcher.handlers, MADE_UP)


async def test_topics_with_another_number_of_partitions_are_named(
    database: FreshDatabase, consumer: Consumer, empty_broker: Broker
) -> None:
    right, *wrong = sorted(consumer.dispatcher.handlers)
    await create_topics(empty_broker.bootstrap, [right], PARTITIONS)

    async with subscribed(database, consumer) as subscriber:
        told = subscriber.unexpected_topics()

    assert told == [f"{topic} has {MADE_UP} partitions, not {PARTITIONS}" for topic in wrong]


async def test_topics_as_they_are_expected_are_nothing_to_tell(
    database: FreshDatabase, consumer: Consumer, empty_broker: Broker
) -> None:
    await create_topics(empty_broker.bootstrap, consumer.dispatcher.handlers, PARTITIONS)

    async with subscribed(database, consumer) as subscriber:
        assert subscriber.unexpected_topics() == []


@pytest.fixture
def empty_kafka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApacheKafka]:
    """Apache Kafka without topics, which makes none up."""
    try:
        kafka = ApacheKafka(tmp_path / "kafka")
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on Apache Kafka: {missing}")
    with kafka:
        monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", kafka.bootstrap)
        monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
        yield kafka


@pytest.mark.kafka
async def test_who_starts_before_the_topics_are_made_takes_from_them_once_they_are(
    database: FreshDatabase, consumer: Consumer, empty_kafka: ApacheKafka
) -> None:
    early = Subscriber(database.settings("writeoff"), consumer.dispatcher)
    starting = asyncio.create_task(early.start())
    await until(lambda: early.consumer is not None, "it asks for its topics")
    told_before = early.unexpected_topics()

    await create_topics(empty_kafka.bootstrap, consumer.dispatcher.handlers, PARTITIONS)
    await starting
    await until(early.is_assigned, "it has partitions")
    told_after = early.unexpected_topics()
    await early.stop()

    assert told_before == ["no topic is known: the broker is away, or its topics are not made yet"]
    assert told_after == []
