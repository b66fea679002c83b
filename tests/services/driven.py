"""A service without a broker: events go in as dispatched, its runs are advanced by hand, its outbox is what it says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chassis.consuming.handling import Handled
    from chassis.database import Database
    from chassis.service import Service
    from contracts.event import Event

MAX_CHUNKS = 1_000


class Driven:
    """The service under test; `now` is when events are sent and looked at again."""

    def __init__(self, database: Database, service: Service, now: datetime) -> None:
        from chassis.consuming.dispatch import Dispatcher
        from chassis.consuming.waiting_retry import Sweeper
        from chassis.jobs import JobWorker

        self.database = database
        self.now = now
        self.dispatcher = Dispatcher(database, service.handlers, service.name, service.prepare)
        self.sweeper = Sweeper(self.dispatcher, wait_limit_seconds=86_400)
        self.worker = JobWorker(database, service.jobs, service.ended_early)

    async def take(self, *events: Event) -> Handled:
        """Apply events in one batch."""
        from tests.events import received

        return await self.dispatcher.apply([received(event, self.now) for event in events])

    async def sweep(self, now: datetime | None = None) -> None:
        """Try again all that waits."""
        await self.rows("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await self.sweeper.sweep(now or self.now)

    async def work(self) -> int:
        """Do all chunks of all runs; how many there were."""
        for chunks in range(MAX_CHUNKS):
            if not await self.worker.advance_one():
                return chunks
        raise AssertionError("the runs never end")

    async def published(self, topic: str) -> list[Any]:
        """What the service has published on a topic, in order."""
        from contracts.topics import TOPICS

        rows = await self.rows("SELECT body FROM outbox WHERE topic = $1 ORDER BY id", topic)
        return [TOPICS[topic].model_validate_json(row["body"]) for row in rows]

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database holds."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
