"""The broker out of the wheel: topics with the partitions we ask for, keys in order, groups that go on."""

from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.embedded.broker.server import Broker
from deploy.embedded.broker.topics import create_topics


async def test_topics_have_the_partitions_asked_for_and_a_place_for_dead_letters(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        await create_topics(broker.bootstrap, ["item-posted", "party-updated"], partitions=3)
        await create_topics(broker.bootstrap, ["item-posted", "items-matched"], partitions=3)

        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
        await consumer.start()
        topics = await consumer.topics()
        partitions = consumer.partitions_for_topic("item-posted.dead-letter")
        await consumer.stop()

    assert {"item-posted", "party-updated", "items-matched", "items-matched.dead-letter"} <= topics
    assert partitions == {0, 1, 2}


async def test_what_was_sent_is_received_in_order(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        await create_topics(broker.bootstrap, ["item-posted"])
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        sent = [await producer.send_and_wait("item-posted", b"%d" % n, key=b"1:p") for n in range(10)]
        await producer.stop()

        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign([TopicPartition("item-posted", sent[0].partition)])
        received = [(await consumer.getone()).value for _ in sent]
        await consumer.stop()

    assert received == [b"%d" % n for n in range(10)]


def test_two_run_side_by_side(tmp_path: Path) -> None:
    with Broker(tmp_path / "one") as one, Broker(tmp_path / "two") as two:
        assert one.is_ready
        assert two.is_ready
        assert one.bootstrap != two.bootstrap
