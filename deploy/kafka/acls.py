"""What each service's principal is granted, read off its declaration, and how the cluster is told.

`python -m deploy.kafka.acls` applies all grants as an administrator whom the environment names (OPENITEMS_KAFKA_…);
with `--print` it only lists them, one a line. Kafka grants nothing else where `authorizer.class.name` is set.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from aiokafka import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest

from chassis.in_flight import group_of
from chassis.service import Service
from chassis.settings import KafkaSettings
from contracts.topics import INGESTED_TOPICS, TOPICS, dead_letter_topic
from services.matching.app import SERVICE as MATCHING
from services.reminders.app import SERVICE as REMINDERS
from services.selection.app import SERVICE as SELECTION
from services.writeoff.app import SERVICE as WRITEOFF

SERVICES = (SELECTION, MATCHING, REMINDERS, WRITEOFF)
INGESTING = MATCHING
"""It takes other systems' events by HTTP and publishes them in their name."""
LITERAL, ALLOW, ANY_HOST = 3, 3, "*"
"""From Kafka's protocol: the name as it stands, permission granted, from wherever."""


class Resource(IntEnum):
    """What a grant is on, as Kafka's protocol numbers it."""

    TOPIC = 2
    GROUP = 3


class Operation(IntEnum):
    """What is granted, as Kafka's protocol numbers it; reading and writing include describing."""

    READ = 3
    WRITE = 4
    DESCRIBE = 8


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One permission of one principal."""

    principal: str
    resource: Resource
    name: str
    operation: Operation

    def __str__(self) -> str:
        return f"User:{self.principal} {self.operation.name} {self.resource.name} {self.name}"


def principal_of(service: Service) -> str:
    """The user name under which the service reaches Kafka."""
    return f"openitems-{service.name}"


def consumed(service: Service) -> frozenset[str]:
    """The topics that the service reads."""
    return frozenset(service.handlers)


def published(service: Service) -> frozenset[str]:
    """The topics that the service writes: its own, what it passes on for others, and its dead letters."""
    own = {topic for topic, contract in TOPICS.items() if service.name in contract.publisher.split(", ")}
    passed_on = INGESTED_TOPICS if service is INGESTING else frozenset()
    return frozenset(own) | passed_on | {dead_letter_topic(topic) for topic in service.handlers}


def grants_of(service: Service) -> Iterator[Grant]:
    """All that the service's principal may do: its group, the topics it reads, those it writes.

    Of the other groups it may know how far they are: its relay waits for them.
    """
    principal = principal_of(service)
    for other in SERVICES:
        if other is not service:
            yield Grant(principal, Resource.GROUP, group_of(other.name), Operation.DESCRIBE)
    yield Grant(principal, Resource.GROUP, group_of(service.name), Operation.READ)
    for topic in sorted(consumed(service)):
        yield Grant(principal, Resource.TOPIC, topic, Operation.READ)
    for topic in sorted(published(service)):
        yield Grant(principal, Resource.TOPIC, topic, Operation.WRITE)


def all_grants() -> tuple[Grant, ...]:
    """The grants of every service."""
    return tuple(grant for service in SERVICES for grant in grants_of(service))


async def apply(settings: KafkaSettings, grants: Iterable[Grant]) -> None:
    """Tell the cluster; what it has already it keeps once. Raises a KafkaError when it refuses."""
    client = AIOKafkaClient(**settings.connection())
    await client.bootstrap()
    try:
        for grant in grants:
            response = await client.send(
                client.get_random_node(),
                CreateAclsRequest(
                    *(grant.resource, grant.name, LITERAL, f"User:{grant.principal}", ANY_HOST),
                    *(grant.operation, ALLOW),
                ),
            )
            ((code, message),) = response.creation_responses
            if code:
                raise for_code(code)(f"{grant}: {message}")
    finally:
        await client.close()


def main() -> None:
    """List the grants, and apply them unless they are only to be printed."""
    if "--print" not in sys.argv[1:]:
        asyncio.run(apply(KafkaSettings(), all_grants()))
    sys.stdout.write("".join(f"{grant}\n" for grant in all_grants()))


if __name__ == "__main__":
    main()
