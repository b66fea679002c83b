"""Topics of the embedded broker, made explicitly: with as many partitions as all the others have."""

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from contracts.topics import dead_letter_topic
from deploy.embedded.errors import StackError
from deploy.embedded.plan import PARTITIONS
from deploy.kafka.answers import refusals

CONNECT_ATTEMPTS = 20
CONNECT_PAUSE_SECONDS = 0.1
TOPICS_LIMIT_MS = 30_000


async def create_topics(bootstrap: str, topics: Iterable[str], partitions: int = PARTITIONS) -> None:
    """Make these topics, and for each its dead-letter topic, where they are missing.

    The broker would make an unknown topic up by itself, with a number of partitions of its own choice.
    Raises StackError if the broker cannot be reached or does not make one of them.
    """
    admin = await _connected_admin(bootstrap)
    try:
        existing = set(await admin.list_topics())
        wanted = [name for topic in topics for name in (topic, dead_letter_topic(topic))]
        missing = [NewTopic(name, partitions, replication_factor=1) for name in wanted if name not in existing]
        if missing:
            answer = await admin.create_topics(missing, timeout_ms=TOPICS_LIMIT_MS)
            if refused := refusals(answer.topic_errors):
                raise StackError(f"the broker did not make {'; '.join(refused)}")
    finally:
        await admin.close()


async def _connected_admin(bootstrap: str) -> AIOKafkaAdminClient:
    """Connect an admin client; the broker may take a moment after its port opened."""
    for _ in range(CONNECT_ATTEMPTS):
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            await admin.start()
        except KafkaConnectionError:
            await admin.close()
            await asyncio.sleep(CONNECT_PAUSE_SECONDS)
        else:
            return admin
    raise StackError(f"no broker answers on {bootstrap}")
