"""A bug of ours on the real path: the line stops and says so, nothing is lost, and all is applied once it is mended."""

from collections.abc import Sequence
from typing import Any

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from chassis.http.health import Readiness
from chassis.kafka import new_producer
from chassis.process import readiness_checks
from chassis.settings import KafkaSettings
from contracts.topics import dead_letter_topic
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.integration.stack import Running, drained, running, send
from tests.services.writeoff.library import configured, posted
from tests.support.patience import until

ITEMS = 30
TOPIC = "item-posted"


async def committed(service: Running) -> int:
    """Up to where the group's offsets on the topic moved, all partitions together."""
    consumer = service.runtime.subscriber.consumer
    assert consumer is not None
    held = [partition for partition in consumer.assignment() if partition.topic == TOPIC]
    return sum([await consumer.committed(partition) or 0 for partition in held])


async def dead_letters(service: Running) -> int:
    (row,) = await service.rows("SELECT count(*) AS count FROM dead_letter")
    return int(row["count"])


async def faults_told(service: Running) -> str:
    verdict = await Readiness(readiness_checks(service.service, service.runtime)).judge()
    return verdict.checks["faults"]


async def test_a_planted_bug_stops_the_line_and_all_is_applied_once_it_is_gone(
    database: FreshDatabase, broker: TestBroker
) -> None:
    assert broker.bootstrap
    async with running(database, "writeoff") as service:
        await send(configured())
        await drained([service])
        dispatcher = service.runtime.dispatcher
        mended = dispatcher.handlers
        whole = await faults_told(service)

        async def with_bug(_connection: Connection, received: Sequence[Received[Any]]) -> Handled | None:
            raise KeyError(received[0].event.item_id)

        dispatcher.handlers = {**mended, TOPIC: with_bug}
        await send(*(posted(f"I{number}", party_id=f"P{number}") for number in range(ITEMS)))
        await until(lambda: dispatcher.standstill.told() is not None, "a lane stands still")
        told, moved, letters = await faults_told(service), await committed(service), await dead_letters(service)
        dispatcher.handlers = mended
        await drained([service])

        assert whole == "ok"
        assert "KeyError on item-posted" in told
        assert (moved, letters) == (0, 0)
        assert len(await service.rows("SELECT 1 FROM item")) == ITEMS
        assert (await dead_letters(service), await committed(service)) == (0, ITEMS)
        assert await faults_told(service) == "ok"


async def test_a_topic_is_not_emptied_into_the_dead_letters_until_an_operator_says_so(
    database: FreshDatabase, broker: TestBroker
) -> None:
    assert broker.bootstrap
    settings = KafkaSettings()
    async with new_producer(settings) as producer:
        for number in range(ITEMS):
            await producer.send_and_wait(TOPIC, b"{nonsense %d" % number, key=b"bib-gent:P1", partition=0)

    async with running(database, "writeoff", dead_letters_tolerated=5) as service:
        await until(lambda: service.runtime.dispatcher.limit.told() is not None, "the limit is reached")
        told, moved, letters = await faults_told(service), await committed(service), await dead_letters(service)
    async with running(database, "writeoff", dead_letters_tolerated=5, dead_letter_share=1.0) as service:
        await drained([service])

        assert told.startswith("nothing is taken: ")
        assert told.endswith(f" events on {TOPIC} would become dead letters")
        assert moved == letters <= 5
        assert await dead_letters(service) == ITEMS
        assert dead_letter_topic(TOPIC) in {row["topic"] for row in await service.rows("SELECT topic FROM outbox")}
