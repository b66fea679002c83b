"""Three brokers as in production: one is killed and comes back, and what was acknowledged is there, once in effect."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete

from chassis.settings import KafkaSettings
from deploy.topics import make_topics
from tests.brokers.apache import STOP_GRACE_SECONDS, ApacheKafka, await_brokers
from tests.brokers.jars import KafkaMissing
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.faults.trade import HEAL_LIMIT_SECONDS, Trade, healed
from tests.integration.stack import drained, open_totals, running, send
from tests.seeds import SEED
from tests.services.writeoff.library import configured, party, posted
from tests.support.patience import until

# aiokafka drops a connection that it is making to a broker which is killed just then; the collector closes it
DROPPED = "Exception ignored in. <(function _SelectorTransport|socket.socket)"
IGNORED = pytest.mark.filterwarnings(f"ignore:{DROPPED}:pytest.PytestUnraisableExceptionWarning")
pytestmark = [pytest.mark.kafka, pytest.mark.slow, IGNORED]
NODES, PARTITIONS = 3, 4
PARTIES, ROUNDS = 40, 12
UNREACHABLE_SECONDS = 8.0
PAUSE_SECONDS = 0.05
LEARNING_ATTEMPTS = 300
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


async def test_a_broker_that_is_killed_and_one_whose_leaders_are_moved_cost_nothing(
    cluster: ApacheKafka, settings: KafkaSettings, database: FreshDatabase
) -> None:
    victim, moved = cluster.nodes[:2]
    names = [f"P{number}" for number in range(PARTIES)]
    await send(configured(), *(party(name) for name in names), settings=settings)
    async with running(database, "matching") as matching, running(database, "writeoff") as writeoff:
        for number in range(ROUNDS):
            await send(*(posted(f"I{number}", 100, party_id=name) for name in names), settings=settings)
            if number == ROUNDS // 4:
                victim.kill()
            if number == ROUNDS // 2:
                victim.launch()
                await asyncio.to_thread(cluster.await_node, victim)
                await await_brokers(cluster.bootstrap, NODES)
                moved.child.ask_to_stop()  # in good order: it hands its leaders over before it ends
            if number == 3 * ROUNDS // 4:
                await asyncio.to_thread(moved.child.stop, STOP_GRACE_SECONDS)
                moved.launch()
                await asyncio.to_thread(cluster.await_node, moved)
        await drained([matching, writeoff], HEAL_LIMIT_SECONDS)

    owed = {(name, "EUR"): 100 * ROUNDS for name in names}
    assert await open_totals(database, ["matching", "writeoff"]) == {"matching": owed, "writeoff": owed}


async def test_brokers_that_nobody_reaches_for_a_while_cost_nothing(
    cluster: ApacheKafka, settings: KafkaSettings, database: FreshDatabase, tmp_path: Path
) -> None:
    assert settings.replication == NODES
    await await_brokers(cluster.bootstrap, NODES)
    async with running(database, "matching") as matching, running(database, "writeoff") as writeoff:
        trade, over = Trade(matching, Issuer(tmp_path / "jwks.json"), SEED), asyncio.Event()
        await trade.open_books()
        working = asyncio.create_task(trade.go_on(over, PAUSE_SECONDS))
        await until(lambda: trade.steps > 0, "work has begun")
        for node in cluster.nodes:
            node.child.signal(signal.SIGSTOP)
        before = trade.steps
        await asyncio.sleep(UNREACHABLE_SECONDS)
        await until(lambda: trade.steps > before, "clerks and library systems go on working without brokers")
        for node in cluster.nodes:
            node.child.signal(signal.SIGCONT)
        over.set()
        await working
        await healed(database, [matching, writeoff], trade)


async def test_what_the_brokers_forgot_before_a_service_began_is_not_left_to_take(
    settings: KafkaSettings, database: FreshDatabase
) -> None:
    names = [f"P{number}" for number in range(PARTIES)]
    await send(*(posted("forgotten", 100, party_id=name) for name in names), settings=settings)
    admin = AIOKafkaAdminClient(**settings.connection())
    await admin.start()
    everything = RecordsToDelete(before_offset=-1)
    await admin.delete_records({TopicPartition("item-posted", number): everything for number in range(PARTITIONS)})
    await admin.close()

    async with running(database, "selection") as selection:
        await drained([selection])

        assert await selection.rows("SELECT item_id FROM item") == []
        assert set((await selection.runtime.subscriber.group_lag()).values()) == {0}
