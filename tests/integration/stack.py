"""The services on a real broker and database, in this process: started, stopped, fed, drained and compared."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Received
from chassis.consuming.waiting_retry import SWEEP_EVENTS
from chassis.database import PASSING_FAULTS, Database, open_database
from chassis.errors import Retry
from chassis.kafka import new_producer, partition_of
from chassis.queries import load_queries
from chassis.service import Runtime, Service, assemble
from chassis.settings import KafkaSettings, ServiceName
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from tests.databases import FreshDatabase
from tests.declared import declared_services

DRAIN_LIMIT_SECONDS = 120.0
QUIET_LOOKS = 3
LOOK_SECONDS = 0.2
EVENT_NUMBERS = count(1)
Totals = dict[tuple[str, str], int]
"""What is open, by party and currency."""


@dataclass(frozen=True, slots=True)
class Running:
    """One service, running."""

    service: Service
    runtime: Runtime

    @property
    def database(self) -> Database:
        """The service's pool."""
        return self.runtime.database

    async def is_drained(self) -> bool:
        """Whether it took all there is, and published all it has to tell."""
        try:
            lag = await self.runtime.subscriber.lag()
        except Retry:
            return False
        queries = load_queries("chassis")
        return not sum(lag.values()) and not await self.database.pool.fetchval(queries.count_unpublished)

    async def waiting(self) -> set[bytes]:
        """The digests of the events that wait."""
        return {bytes(row["digest"]) for row in await self.rows("SELECT digest FROM waiting_event")}

    async def try_waiting(self) -> None:
        """Try every event that waits once more, as if it were due."""
        async with self.database.transaction() as connection:
            await connection.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        while await self.runtime.sweeper.sweep(await self.database.now()) == SWEEP_EVENTS:
            pass

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """Look into the service's schema."""
        return [dict(row) for row in await self.database.pool.fetch(sql, *arguments)]


class Away(Dispatcher):
    """Applies events for a service whose database is away."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher.database, dispatcher.handlers, dispatcher.service, dispatcher.prepare)
        self.tried = asyncio.Event()

    async def apply(self, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        self.tried.set()
        raise Retry(f"{len(received)} events and {len(dead)} dead ones cannot be kept now")


@asynccontextmanager
async def running(database: FreshDatabase, name: ServiceName, **settings: Any) -> AsyncIterator[Running]:
    """A service with its consumer, relay, sweeper, jobs and what it does by the clock."""
    service = declared_services()[name]
    arguments = {"service": name, "database_url": SecretStr(database.url(name))} | settings
    configured = service.settings(**arguments)
    opened = await open_database(configured)
    runtime = assemble(service, configured, opened)
    works = [runtime.relay.run(), runtime.sweeper.run(), runtime.jobs.run()]
    works += [_forever(work(runtime)) for work in service.background]
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await runtime.subscriber.start()
        yield Running(service, runtime)
    finally:
        await runtime.subscriber.stop()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await opened.close()


@asynccontextmanager
async def running_together(
    database: FreshDatabase, names: Sequence[ServiceName]
) -> AsyncIterator[dict[ServiceName, Running]]:
    """Several services; they wait for their partitions side by side, a second or two however many they are."""
    async with AsyncExitStack() as stack:
        entered = await asyncio.gather(*(stack.enter_async_context(running(database, name)) for name in names))
        yield dict(zip(names, entered, strict=True))


async def _forever(work: Any) -> None:
    await work


async def drained(services: Iterable[Running], limit_seconds: float = DRAIN_LIMIT_SECONDS) -> None:
    """Wait until all services are drained and stay so for a while, and nothing waits that could go on.

    What one publishes, another takes; and what waited for another partition's news is tried when all of it is there.
    """
    together = list(services)
    async with asyncio.timeout(limit_seconds):
        await _quiet(together)
        while any(waiting := await _waiting(together)):
            with suppress(*PASSING_FAULTS, Retry):
                await asyncio.gather(*(service.try_waiting() for service in together))
                if waiting == await _waiting(together):
                    break
            await _quiet(together)


async def _waiting(services: Sequence[Running]) -> list[set[bytes]]:
    return [await service.waiting() for service in services]


async def _quiet(services: Sequence[Running]) -> None:
    quiet = 0
    while quiet < QUIET_LOOKS:
        states = await asyncio.gather(*(service.is_drained() for service in services))
        quiet = quiet + 1 if all(states) and _are_whole(services) else 0
        await asyncio.sleep(LOOK_SECONDS)


def _are_whole(services: Iterable[Running]) -> bool:
    """Whether the members of each service have all of its partitions: what nobody has, nobody says is left."""
    held: Counter[str] = Counter()
    wanted: dict[str, int] = {}
    for service in services:
        consumer = service.runtime.subscriber.consumer
        held[service.service.name] += len(consumer.assignment()) if consumer else 0
        settings = service.runtime.subscriber.settings
        wanted[service.service.name] = len(service.service.handlers) * settings.kafka.partitions
    return all(held[name] == wanted[name] for name in wanted)


async def send(*events: Event, settings: KafkaSettings | None = None) -> None:
    """Publish events as a library system does, in this order per key, each with an id of its own."""
    own = settings or KafkaSettings()
    async with new_producer(own) as producer:
        sent = [await _send_one(producer, event, own.partitions) for event in events]
        await asyncio.gather(*sent)


async def _send_one(producer: AIOKafkaProducer, event: Event, partitions: int) -> Any:
    headers = write_headers(type(event), Envelope(f"e{next(EVENT_NUMBERS)}", "library", datetime.now(UTC)))
    return await producer.send(
        event.topic,
        event.model_dump_json(exclude_none=True).encode(),
        key=event.key.encode(),
        partition=partition_of(event.key, partitions),
        headers=headers,
    )


async def published(bootstrap: str, topic: str, at_least: int, limit_seconds: float = 30.0) -> list[Any]:
    """The records of a topic, waited for until there are so many."""
    records: list[Any] = []
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        async with asyncio.timeout(limit_seconds):
            while len(records) < at_least:
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records += some
    return records


async def open_totals(database: FreshDatabase, services: Sequence[ServiceName]) -> dict[ServiceName, Totals]:
    """What each service holds to be open, where that is not zero."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        found: dict[ServiceName, Totals] = {}
        for name in services:
            table = "open_item" if name == "matching" else "item"
            rows = await connection.fetch(
                f"SELECT party_id, currency, sum(open_amount)::bigint AS total FROM {name}.{table}"  # noqa: S608 - a name of ours
                " GROUP BY 1, 2 HAVING sum(open_amount) <> 0"
            )
            found[name] = {(row["party_id"], row["currency"]): row["total"] for row in rows}
        return found
    finally:
        await connection.close()
