"""All four services in one process, and between them a broker that a seed drives: late, doubled, in any order it may.

Each service's own relay publishes into a list; each service's own dispatcher takes from it. What a broker promises
holds, order per key within a topic, and nothing else: topics overtake one another, and a member that died takes again
what it had taken.
"""

import asyncio
from asyncio import Future
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from httpx import AsyncClient
from pydantic import SecretStr

from chassis.consuming.handling import RawHeaders, Record
from chassis.consuming.validation import read_events
from chassis.database import OwnConnection, connect, open_database
from chassis.service import Runtime, Service, assemble
from chassis.settings import ServiceName
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from services.writeoff.operations.batches import complete_due
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.declared import declared_services
from tests.support.desk import Desk, app_of, client_of, no_lag

PARTITION = 0
MOST_AT_ONCE = 40
REDELIVERED = 0.3
"""How often a member takes again some of what it had taken."""
MAX_ROUNDS = 60
MAX_CHUNKS = 200
EVENT_NUMBERS = count(1)


class Lane:
    """A batch on its way to one topic."""

    def __init__(self) -> None:
        self.rows: list[tuple[bytes, bytes, RawHeaders]] = []

    def append(self, *, key: bytes, value: bytes, timestamp: None, headers: RawHeaders) -> bool:
        del timestamp
        self.rows.append((key, value, headers))
        return True

    def record_count(self) -> int:
        return len(self.rows)


class Acknowledged(NamedTuple):
    """Where the broker put the first of a batch."""

    offset: int


class Topics:
    """What was published, by topic, in order."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = defaultdict(list)

    def create_batch(self) -> Lane:
        return Lane()

    async def send_batch(self, batch: Lane, topic: str, *, partition: int) -> "Future[Acknowledged]":
        del partition
        done: Future[Acknowledged] = asyncio.get_running_loop().create_future()
        done.set_result(Acknowledged(len(self.records[topic])))
        for key, value, headers in batch.rows:
            self._add(topic, key, value, headers)
        return done

    def publish(self, *events: Event) -> None:
        """What a library system says itself."""
        for event in events:
            headers = write_headers(
                type(event), Envelope(f"library-{next(EVENT_NUMBERS)}", "library", datetime.now(UTC))
            )
            self._add(event.topic, event.key.encode(), event.model_dump_json(exclude_none=True).encode(), headers)

    def _add(self, topic: str, key: bytes, value: bytes, headers: RawHeaders) -> None:
        records = self.records[topic]
        records.append(Record(topic, PARTITION, len(records), key, value, headers))


class Wing:
    """One service: its runtime, its API, and how far it has taken each topic."""

    def __init__(self, service: Service, runtime: Runtime, client: AsyncClient, leader: OwnConnection) -> None:
        self.service = service
        self.runtime = runtime
        self.client = client
        self.leader = leader
        self.taken: dict[str, int] = defaultdict(int)

    def lag(self, topics: Topics) -> dict[str, int]:
        """Records not yet taken, by topic, where there are any."""
        lag = {topic: len(topics.records[topic]) - self.taken[topic] for topic in self.service.handlers}
        return {topic: records for topic, records in lag.items() if records}

    async def take(self, topics: Topics, chance: Random) -> list[Event]:
        """Take some of what is there as one batch, and perhaps again what was taken before; gives the events."""
        lag = self.lag(topics)
        records: list[Record] = []
        for topic in chance.sample(sorted(lag), chance.randint(1, len(lag))):
            begin, size = self.taken[topic], chance.randint(1, min(lag[topic], MOST_AT_ONCE))
            if chance.random() < REDELIVERED:
                begin = chance.randint(0, begin)
                size = self.taken[topic] - begin + size
            records += topics.records[topic][begin : begin + size]
            self.taken[topic] = begin + size
        received, dead = read_events(records)
        assert not dead, dead
        await self.runtime.dispatcher.apply(received)
        return [entry.event for entry in received]

    async def publish(self, topics: Topics) -> int:
        """The relay publishes what it is to publish; gives how much."""
        producer: Any = topics
        return await self.runtime.relay.publish_next(self.leader, producer)

    async def sweep(self) -> None:
        """Try again all that waits."""
        async with self.runtime.database.transaction() as connection:
            await connection.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await self.runtime.sweeper.sweep(datetime.now(UTC))

    async def work(self) -> bool:
        """Do all chunks of all runs, and what the service does by the clock; whether there was anything."""
        worked = False
        for _ in range(MAX_CHUNKS):
            if not await self.runtime.jobs.advance_one():
                break
            worked = True
        if self.service.name == "writeoff":
            async with self.runtime.database.transaction() as connection:
                worked |= bool(await complete_due(connection, datetime.now(UTC)))
        return worked

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """Look into the service's schema."""
        return [dict(row) for row in await self.runtime.database.pool.fetch(sql, *arguments)]


class House:
    """The four wings, what goes on between them, and the desks at which clerks of one administration sit."""

    def __init__(self, wings: dict[ServiceName, Wing], issuer: Issuer) -> None:
        self.wings = wings
        self.issuer = issuer
        self.administration = ""
        self.topics = Topics()
        self.heard: list[Event] = []
        """What the ledger took since somebody looked, in its order."""

    async def move_in(self, administration: str) -> None:
        """Begin anew, in another administration; what is under way in older ones is let go."""
        self.administration, self.topics = administration, Topics()
        for wing in self.wings.values():
            wing.taken.clear()
            await wing.rows("UPDATE outbox SET published_at = clock_timestamp() WHERE published_at IS NULL")
            await wing.rows("DELETE FROM waiting_event")

    def desk(self, name: ServiceName) -> Desk:
        """The API of a service."""
        return Desk(self.wings[name].client, self.issuer, self.administration, roles=("clerk", "approver", "auditor"))

    async def take(self, name: ServiceName, chance: Random) -> None:
        """A service takes something, if there is anything."""
        wing = self.wings[name]
        if wing.lag(self.topics):
            events = await wing.take(self.topics, chance)
            if name == "matching":
                self.heard += _as_applied(wing.service, events)

    async def settle_down(self, chance: Random, listen: Callable[[], Awaitable[None]]) -> None:
        """Go on until nothing is under way any more; `listen` is called whenever the ledger took something."""
        for _ in range(MAX_ROUNDS):
            moved = False
            for name, wing in self.wings.items():
                moved |= bool(await wing.publish(self.topics))
                while wing.lag(self.topics):
                    await self.take(name, chance)
                    await listen()
                    moved = True
                await wing.sweep()
                moved |= await wing.work()
            if not moved:
                return
        raise AssertionError("it never settles down")


def _as_applied(service: Service, events: Sequence[Event]) -> list[Event]:
    """The events of a batch in the order in which the handlers apply them."""
    return [event for topic in service.handlers for event in events if event.topic == topic]


@asynccontextmanager
async def open_house(database: FreshDatabase, folder: Path) -> AsyncIterator[House]:
    """All services on one database, with their APIs; no broker is asked."""
    issuer, wings = Issuer(folder / "jwks.json"), {}
    async with AsyncExitStack() as stack:
        for name, service in declared_services().items():
            arguments: dict[str, Any] = {"service": name, "database_url": SecretStr(database.url(name))}
            if name == "reminders":
                arguments |= {"document_store": folder / "documents", "letter_workers": 1}
            settings = service.settings(**arguments)
            opened = await open_database(settings)
            stack.push_async_callback(opened.close)
            leader = await connect(settings)
            stack.push_async_callback(leader.close)
            runtime = assemble(service, settings, opened)
            app = app_of(service, runtime, issuer, no_lag)
            client = await stack.enter_async_context(client_of(app, always_answers=True))
            wings[name] = Wing(service, runtime, client, leader)
        yield House(wings, issuer)
