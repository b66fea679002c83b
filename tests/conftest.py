"""What tests stand on: a real PostgreSQL with the migrated schemas of all services, and a real broker.

    async def test_it(database: FreshDatabase) -> None:
        connection = await asyncpg.connect(database.url("matching"))

The server is started once per run, when the first test asks for it. Every test that takes `database` gets one of its
own, copied from a migrated one; every test that takes `broker` gets an empty broker of its own with all topics.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from chassis.migrations import migrate
from contracts.topics import TOPICS
from deploy.embedded.broker import Broker, create_topics
from deploy.embedded.database import prepare_database
from deploy.embedded.postgres import Postgres
from tests.databases import TEMPLATE, FreshDatabase, owner_settings
from tests.declared import declared_services

PARTITIONS = 4
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
"""The server survives its processes being killed all the same; only a crash of the whole machine would hurt it."""

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The server of this run."""
    with Postgres(tmp_path_factory.mktemp("postgres"), settings=UNSAFE_BUT_FAST) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated(postgres: Postgres) -> str:
    """The name of a database with all services' schemas; never connect to it, take `database`."""
    services = declared_services()
    await prepare_database(postgres, services, TEMPLATE)
    for service in services.values():
        await migrate(owner_settings(postgres, service.name, TEMPLATE), service.migrations)
    return TEMPLATE


@pytest.fixture
async def database(postgres: Postgres, migrated: str) -> AsyncIterator[FreshDatabase]:
    """A database of this test alone, with all services' schemas, empty."""
    fresh = FreshDatabase(postgres, f"test_{next(NUMBERS)}")
    administrator = await asyncpg.connect(postgres.url())
    try:
        await administrator.execute(f"CREATE DATABASE {fresh.name} TEMPLATE {migrated} STRATEGY file_copy")
        yield fresh
        await administrator.execute(f"DROP DATABASE {fresh.name} WITH (FORCE)")
    finally:
        await administrator.close()


@pytest.fixture
async def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Broker]:
    """A broker of this test alone, with every topic; the settings find it in the environment."""
    with Broker(tmp_path / "broker") as started:
        await create_topics(started.bootstrap, TOPICS, PARTITIONS)
        monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", started.bootstrap)
        monkeypatch.setenv("OPENITEMS_KAFKA_IDEMPOTENCE", "false")
        monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
        yield started
