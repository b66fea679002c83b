"""Whether every published event has been applied by every service: then the broker's content need not be restored."""

import asyncio
import http.client
import json
from collections.abc import Collection, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.embedded.processes.ports import HOST

ANSWER_LIMIT_SECONDS = 2.0


async def end_offsets(bootstrap: str, topics: Iterable[str], partitions: int) -> Mapping[TopicPartition, int]:
    """Return how many events each partition has. Raises KafkaError if the broker does not answer."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=int(ANSWER_LIMIT_SECONDS * 1000))
    try:
        await consumer.start()
        wanted = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(wanted)
    finally:
        await consumer.stop()
    return ends


async def are_drained(ports: Collection[int], token: str) -> bool:
    """Whether each service has applied all that it was told and published all that it had to tell."""
    answers = await asyncio.gather(*(asyncio.to_thread(_is_drained, port, token) for port in ports))
    return all(answers)


def _is_drained(port: int, token: str) -> bool:
    """Whether one service says so; one that is assigned no partitions cannot know."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_LIMIT_SECONDS)
    try:
        connection.request("GET", "/v1/progress", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        progress = json.loads(answer.read()) if answer.status == http.client.OK else {}
        return bool(progress.get("drained") and progress.get("lag"))
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
