"""Three brokers as in production: one is killed and comes back, and what was acknowledged is there, once in effect."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.settings import KafkaSettings
from deploy.topics import make_topics
from tests.brokers.apache import ApacheKafka, await_brokers
from tests.brokers.jars import KafkaMissing
from tests.databases import FreshDatabase
from tests.integration.stack import drained, open_totals, running, send
from tests.services.writeoff.library import configured, party, posted

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
NODES, PARTITIONS = 3, 4
PARTIES, ROUNDS = 40, 12
LEARNING_ATTEMPTS = 50
LEARNING_PAUSE_SECONDS = 0.2


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    try:
        with ApacheKafka(tmp_path_factory.mktemp("cluster"), nodes=NODES) as kafka:
            yield kafka
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on three brokers: {missing}")


@pytest.fixture
async def settings(cluster: ApacheKafka, monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", cluster.bootstrap)
    monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
    monkeypatch.setenv("OPENITEMS_KAFKA_REPLICATION", str(NODES))
    monkeypatch.setenv("OPENITEMS_KAFKA_COMPRESSION", "lz4")
    await await_brokers(cluster.bootstrap, NODES)
    found = KafkaSettings()
    await make_topics(found)
    return found


async def known_topic(admin: AIOKafkaAdminClient, name: str) -> dict[str, Any]:
    """The topic as the asked broker knows it; a broker learns of a new topic a moment after the one that made it."""
    for _ in range(LEARNING_ATTEMPTS):
        (topic,) = await admin.describe_topics([name])
        if len(topic["partitions"]) == PARTITIONS:
            return dict(topic)
        await asyncio.sleep(LEARNING_PAUSE_SECONDS)
    raise TimeoutError(f"{name} is not known with {PARTITIONS} partitions")


async def test_topics_are_kept_on_all_three_and_written_to_two_at_least(settings: KafkaSettings) -> None:
    admin = AIOKafkaAdminClient(**settings.connection())
    await admin.start()
    try:
        topic = await known_topic(admin, "items-matched")
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "items-matched")])
    finally:
        await admin.close()

    values = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert [len(partition["replicas"]) for partition in topic["partitions"]] == [NODES] * PARTITIONS
    assert (values["min.insync.replicas"], values["retention.ms"]) == ("2", "-1")


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(
    cluster: ApacheKafka, settings: KafkaSettings, database: FreshDatabase
) -> None:
    victim = cluster.nodes[0]
    names = [f"P{number}" for number in range(PARTIES)]
    await send(configured(), *(party(name) for name in names), settings=settings)
    async with running(database, "matching") as matching, running(database, "writeoff") as writeoff:
        for number in range(ROUNDS):
            await send(*(posted(f"I{number}", 100, party_id=name) for name in names), settings=settings)
            if number == ROUNDS // 3:
                victim.kill()
            if number == 2 * ROUNDS // 3:
                victim.launch()
                await asyncio.to_thread(cluster.await_node, victim)
        await drained([matching, writeoff])

    owed = {(name, "EUR"): 100 * ROUNDS for name in names}
    assert await open_totals(database, ["matching", "writeoff"]) == {"matching": owed, "writeoff": owed}
