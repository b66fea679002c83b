"""Makes the topics on a Kafka cluster: `python -m deploy.topics`, before the services start and after each upgrade.

Where to, and how many partitions and replicas, the environment says (OPENITEMS_KAFKA_…).
"""

import asyncio
import sys
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.settings import KafkaSettings
from contracts.topics import all_topics
from deploy.kafka.answers import refusals

TIMEOUT_MS = 60_000
SAFE_REPLICATION = 3
"""From as many replicas on, a write is acknowledged by two of them at least."""


def topic_configuration(replication: int) -> dict[str, str]:
    """What every topic is configured with: events are facts, kept for good, so that a new service can read them all."""
    in_sync = "2" if replication >= SAFE_REPLICATION else "1"
    return {"cleanup.policy": "delete", "retention.ms": "-1", "min.insync.replicas": in_sync}


def contradictions(existing: Mapping[str, int], partitions: int) -> list[str]:
    """The topics that have another number of partitions than asked for.

    All topics have the same: a party has the same partition number in each, which is what keeps its events together.
    """
    return [f"{topic} has {count}" for topic, count in existing.items() if count != partitions]


async def make_topics(settings: KafkaSettings) -> tuple[str, ...]:
    """Make the missing topics and return their names.

    Raises SystemExit, before anything is made, if one exists with another number of partitions; and if the cluster does
    not make one of them, as where it has fewer brokers than replicas are asked for.
    """
    admin = AIOKafkaAdminClient(**settings.connection(), request_timeout_ms=TIMEOUT_MS)
    await admin.start()
    try:
        wanted = all_topics()
        present = sorted(set(await admin.list_topics()) & set(wanted))
        described = await admin.describe_topics(present) if present else []
        existing = {topic["topic"]: len(topic["partitions"]) for topic in described}
        if found := contradictions(existing, settings.partitions):
            sys.exit(
                f"OPENITEMS_KAFKA_PARTITIONS is {settings.partitions}, but {', '.join(found)}: set it to what exists"
            )
        missing = tuple(topic for topic in wanted if topic not in existing)
        answer = await admin.create_topics([_new(topic, settings) for topic in missing], timeout_ms=TIMEOUT_MS)
        if refused := refusals(answer.topic_errors):
            sys.exit("\n".join((f"{len(refused)} of {len(missing)} topics were not made:", *refused)))
    finally:
        await admin.close()
    return missing


def _new(topic: str, settings: KafkaSettings) -> NewTopic:
    return NewTopic(
        topic,
        num_partitions=settings.partitions,
        replication_factor=settings.replication,
        topic_configs=topic_configuration(settings.replication),
    )


def main() -> None:
    """Make the topics and say on stdout which ones were missing."""
    made = asyncio.run(make_topics(KafkaSettings()))
    sys.stdout.write("".join(f"{topic}\n" for topic in made) or "every topic was there\n")


if __name__ == "__main__":
    main()
