"""The topics of a cluster, made on a real broker."""

from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis.settings import KafkaSettings
from contracts.topics import all_topics
from deploy.embedded.broker.server import Broker
from deploy.kafka.answers import refusals
from deploy.topics import make_topics, topic_configuration
from tests.brokers.apache import ApacheKafka
from tests.brokers.jars import KafkaMissing


async def test_missing_topics_are_made_once(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        settings = KafkaSettings(bootstrap=broker.bootstrap, partitions=6)

        first, second = await make_topics(settings), await make_topics(settings)

    assert set(first) == set(all_topics())
    assert second == ()


async def test_another_number_of_partitions_is_refused(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        await make_topics(KafkaSettings(bootstrap=broker.bootstrap, partitions=6))

        with pytest.raises(SystemExit, match=r"OPENITEMS_KAFKA_PARTITIONS is 7, but .*item-posted has 6"):
            await make_topics(KafkaSettings(bootstrap=broker.bootstrap, partitions=7))


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_a_write_to_three_replicas_is_acknowledged_by_two(replication: int, in_sync: str) -> None:
    assert topic_configuration(replication)["min.insync.replicas"] == in_sync


def test_a_topic_that_is_refused_is_told_and_one_that_is_there_by_now_is_not() -> None:
    answer = [("made", 0, None), ("there", 36, "Topic with this name already exists."), ("refused", 38, "one broker")]

    assert refusals(answer) == ("refused: InvalidReplicationFactorError, one broker",)


@pytest.mark.kafka
async def test_topics_that_the_cluster_does_not_make_are_no_success(tmp_path: Path) -> None:
    try:
        cluster = ApacheKafka(tmp_path)
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on Apache Kafka: {missing}")
    with cluster as kafka:
        with pytest.raises(SystemExit, match=r"(\d+) of \1 topics were not made:\n.*InvalidReplicationFactorError"):
            await make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=2, replication=3))
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        listed = await admin.list_topics()
        await admin.close()

    assert not listed
