"""The topics of a cluster, made on a real broker."""

from pathlib import Path

import pytest

from chassis.settings import KafkaSettings
from contracts.topics import all_topics
from deploy.embedded.broker.broker import Broker
from deploy.topics import make_topics, topic_configuration


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
