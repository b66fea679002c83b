"""Which broker the tests run on: OPENITEMS_TEST_BROKER is embedded, kafka, testcontainers, or a bootstrap address."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from contracts.topics import TOPICS, all_topics
from deploy.embedded.broker.topics import create_topics
from tests.brokers.apache import ApacheKafka
from tests.brokers.jars import KafkaMissing

VARIABLE = "OPENITEMS_TEST_BROKER"
EMBEDDED, KAFKA, CONTAINER = "embedded", "kafka", "testcontainers"
ENGINE = "unix:///var/run/docker.sock"
HEARD_LIMIT_SECONDS = 30.0
POLL_SECONDS = 0.02


def chosen_broker() -> str:
    """The choice of this run."""
    return os.environ.get(VARIABLE) or EMBEDDED


@dataclass(frozen=True, slots=True)
class TestBroker:
    """A broker with the topics of one test, empty; the embedded one is no Kafka: it lacks idempotence."""

    __test__ = False

    bootstrap: str
    is_kafka: bool


@contextmanager
def shared_broker(choice: str, folder: Path) -> Iterator[str]:
    """The bootstrap address of what all tests of the run share. Raises KafkaMissing when it cannot be had."""
    if choice == KAFKA:
        with ApacheKafka(folder) as kafka:
            yield kafka.bootstrap
    elif choice == CONTAINER:
        with _container() as bootstrap:
            yield bootstrap
    elif ":" in choice:
        yield choice
    else:
        raise KafkaMissing(f"{VARIABLE}={choice} is neither {EMBEDDED}, {KAFKA}, {CONTAINER} nor HOST:PORT")


@contextmanager
def _container() -> Iterator[str]:
    _check_engine()
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415 - only who runs containers has use for it

    container = KafkaContainer().with_kraft()
    container.start()
    try:
        yield container.get_bootstrap_server()
    finally:
        container.stop()


def _check_engine() -> None:
    """Knock where a container engine of this machine would be; one elsewhere is taken at its word."""
    address = os.environ.get("DOCKER_HOST") or ENGINE
    if not address.startswith("unix://"):
        return
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(address.removeprefix("unix://"))
        except OSError as error:
            raise KafkaMissing(f"no container engine answers on {address}: {error}") from error


async def empty_topics(bootstrap: str, partitions: int) -> None:
    """Every topic anew, so that a test begins with nothing; a group's offsets go with the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if present := set(await admin.list_topics()) & set(all_topics()):
            await admin.delete_topics(sorted(present))
        await _await_topics(admin, lambda listed: not listed)
        await create_topics(bootstrap, TOPICS, partitions)
        await _await_topics(admin, lambda listed: listed == set(all_topics()))
    finally:
        await admin.close()


async def _await_topics(admin: AIOKafkaAdminClient, condition: Callable[[set[str]], bool]) -> None:
    """Wait until the brokers have heard what the controller decided."""
    for _ in range(int(HEARD_LIMIT_SECONDS / POLL_SECONDS)):
        if condition(set(await admin.list_topics()) & set(all_topics())):
            return
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError("the topics are not as they were asked for")
