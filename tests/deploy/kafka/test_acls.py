"""On a Kafka with TLS, SCRAM and ACLs every service can do its work, and nothing else."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from chassis.kafka import new_producer
from chassis.service import Service
from chassis.settings import KafkaSettings
from contracts.topics import TOPICS, all_topics
from deploy.kafka.acls import SERVICES, all_grants, consumed, grants_of, principal_of, published
from tests.deploy.kafka.conftest import ADMINISTRATOR, STRANGER, SecuredKafka

pytestmark = pytest.mark.kafka
LIMIT_SECONDS = 30.0
UNTOLD_SECONDS = 3.0
"""A consumer asks on and on for a topic of which it is not even told that it exists."""
ASKED_AGAIN_MS = 500
NAMES = [service.name for service in SERVICES]


async def is_writable(settings: KafkaSettings, topic: str) -> bool:
    """Whether the principal may publish on a topic, told by trying to."""
    producer = new_producer(settings)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await producer.start()
            await producer.send_and_wait(topic, b"{}", key=b"k", partition=0)
    except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):  # the latter with no grant to write at all
        return False
    finally:
        await producer.stop()
    return True


async def read_from(settings: KafkaSettings, topic: str, limit_seconds: float) -> None:
    """Read a topic; raises TopicAuthorizationFailedError, or TimeoutError where not even its existence is told."""
    consumer = AIOKafkaConsumer(
        **settings.connection(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        retry_backoff_ms=ASKED_AGAIN_MS,
    )
    try:
        await consumer.start()
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(limit_seconds):
            await consumer.position(TopicPartition(topic, 0))
            await consumer.getmany(timeout_ms=300)
    finally:
        await consumer.stop()


async def is_readable(settings: KafkaSettings, topic: str, limit_seconds: float = UNTOLD_SECONDS) -> bool:
    """Whether the principal may read a topic, told by trying to."""
    try:
        await read_from(settings, topic, limit_seconds)
    except (TopicAuthorizationFailedError, TimeoutError):
        return False
    return True


async def joins(settings: KafkaSettings, group: str, topic: str) -> bool:
    """Whether the principal may consume as a member of a group."""
    consumer = AIOKafkaConsumer(topic, group_id=group, **settings.connection(), enable_auto_commit=False)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await consumer.start()
            await consumer.getmany(timeout_ms=300)
            await consumer.commit()
    except (GroupAuthorizationFailedError, TopicAuthorizationFailedError):
        return False
    finally:
        await consumer.stop()
    return True


def settings_of(kafka: SecuredKafka, service: Service) -> KafkaSettings:
    return kafka.settings(principal_of(service))


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_a_service_can_publish_what_its_contracts_say_and_only_that(
    kafka: SecuredKafka, service: Service
) -> None:
    settings = settings_of(kafka, service)

    writable = {topic for topic in all_topics() if await is_writable(settings, topic)}

    assert writable == published(service)


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_a_service_can_read_what_it_has_handlers_for(kafka: SecuredKafka, service: Service) -> None:
    settings = settings_of(kafka, service)

    readable = await asyncio.gather(*(is_readable(settings, topic, LIMIT_SECONDS) for topic in consumed(service)))

    assert all(readable)


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_a_service_cannot_read_what_it_has_no_handler_for(kafka: SecuredKafka, service: Service) -> None:
    settings = settings_of(kafka, service)
    foreign = set(all_topics()) - consumed(service)

    readable = await asyncio.gather(*(is_readable(settings, topic) for topic in foreign))

    assert not any(readable)


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_a_service_joins_its_own_group_and_no_other(kafka: SecuredKafka, service: Service) -> None:
    settings = settings_of(kafka, service)

    joined = [name for name in NAMES if await joins(settings, f"openitems.{name}", "item-posted")]

    assert joined == [service.name]


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
async def test_a_service_makes_and_deletes_no_topics(kafka: SecuredKafka, service: Service) -> None:
    admin = AIOKafkaAdminClient(**settings_of(kafka, service).connection())
    await admin.start()
    try:
        made = await admin.create_topics([NewTopic("its-own", 1, 1)])
        deleted = await admin.delete_topics(["item-posted"])
    finally:
        await admin.close()

    assert [error[1] for error in made.topic_errors] == [29]
    assert [code for _, code in deleted.topic_error_codes] == [TopicAuthorizationFailedError.errno]


async def test_a_principal_without_grants_may_do_nothing(kafka: SecuredKafka) -> None:
    settings = kafka.settings(STRANGER)

    assert not await is_writable(settings, "item-posted")
    assert not await is_readable(settings, "items-matched")
    assert not await joins(settings, "openitems.matching", "item-posted")


async def test_a_wrong_password_is_not_let_in(kafka: SecuredKafka) -> None:
    with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
        await is_writable(kafka.settings(ADMINISTRATOR, "wrong"), "item-posted")


@pytest.mark.parametrize(
    "changes", [{"security_protocol": "PLAINTEXT"}, {"security_protocol": "SASL_PLAINTEXT"}, {"ssl_ca_file": None}]
)
async def test_a_connection_without_our_certificate_is_not_made(
    kafka: SecuredKafka, changes: Mapping[str, Any]
) -> None:
    settings = kafka.settings(ADMINISTRATOR).model_copy(update=dict(changes))

    with pytest.raises((KafkaError, TimeoutError)):
        await is_writable(settings, "item-posted")


def test_every_topic_has_someone_who_may_publish_and_nobody_is_granted_a_topic_that_does_not_exist() -> None:
    granted = {grant.name for grant in all_grants()} - {f"openitems.{name}" for name in NAMES}

    assert granted <= set(all_topics())
    assert set(TOPICS) <= {topic for service in SERVICES for topic in published(service)}


def test_no_service_may_publish_what_another_alone_decides() -> None:
    deciders = {
        topic: {service.name for service in SERVICES if topic in published(service)}
        for topic in ("items-matched", "match-rejected", "items-written-off", "reminder-issued", "set-created")
    }

    assert deciders == {
        "items-matched": {"matching"},
        "match-rejected": {"matching"},
        "items-written-off": {"writeoff"},
        "reminder-issued": {"reminders"},
        "set-created": {"selection"},
    }
    assert all(str(grant).startswith("User:openitems-") for grant in grants_of(SERVICES[0]))
