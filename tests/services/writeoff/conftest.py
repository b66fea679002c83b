"""The write-off service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.received import Outcome, Received, Record
from chassis.consuming.sweeper import Sweeper
from chassis.database import Database, open_database
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from contracts.topics import TOPICS
from services.writeoff.batches import complete_due
from services.writeoff.consumers import handlers
from tests.databases import FreshDatabase
from tests.services.writeoff.library import NOW

OFFSETS = count(1)


def received(event: Event) -> Received[Any]:
    """An event as it comes from the broker, as strict as there."""
    body = event.model_dump_json(exclude_none=True).encode()
    envelope = Envelope(str(next(OFFSETS)), "library", NOW)
    headers = write_headers(type(event), envelope)
    record = Record(event.topic, 0, int(envelope.event_id), event.key.encode(), body, headers)
    return Received(type(event).model_validate_json(body), envelope, record)


class WriteOffs:
    """The service under test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dispatcher = Dispatcher(database, handlers(), "writeoff")
        self.sweeper = Sweeper(self.dispatcher, wait_limit_seconds=86_400)

    async def take(self, *events: Event) -> Outcome:
        """Apply events in one batch."""
        return await self.dispatcher.apply([received(event) for event in events])

    async def sweep(self, now: datetime = NOW) -> None:
        """Try again all that waits."""
        async with self.database.transaction() as connection:
            await connection.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await self.sweeper.sweep(now)

    async def complete(self) -> None:
        """Publish the outcomes of batches that are complete."""
        async with self.database.transaction() as connection:
            await complete_due(connection, NOW)

    async def published(self, topic: str) -> list[Any]:
        """What the service has published on a topic, in order."""
        rows = await self.rows("SELECT body FROM outbox WHERE topic = $1 ORDER BY id", topic)
        return [TOPICS[topic].model_validate_json(row["body"]) for row in rows]

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database holds."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]


@pytest.fixture
async def writeoffs(database: FreshDatabase) -> AsyncIterator[WriteOffs]:
    """The service on an empty database."""
    opened = await open_database(database.settings("writeoff"))
    try:
        yield WriteOffs(opened)
    finally:
        await opened.close()
