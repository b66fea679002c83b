"""What tests stand on: a real PostgreSQL with the migrated schemas of all services, and a real broker.

    async def test_it(database: FreshDatabase) -> None:
        connection = await asyncpg.connect(database.url("matching"))

The server is started once per run, when the first test asks for it, as a copy of one that was migrated before
(tests/cluster.py). Every test that takes `database` gets one of its own, copied from a migrated one; every test that
takes `broker` is marked so and gets empty topics, on the broker that OPENITEMS_TEST_BROKER names: the embedded one, a
new one each time, or Apache Kafka, one for the run (tests/brokers).
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.memory import folder_in_memory

if TYPE_CHECKING:
    from deploy.embedded.postgres.server import Postgres
    from tests.brokers.choice import TestBroker
    from tests.databases import FreshDatabase

PARTITIONS = 4
GARBAGE_THRESHOLD = 50_000
NUMBERS = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes `broker`, so that `-m broker` selects it."""
    for item in items:
        if isinstance(item, pytest.Function) and "broker" in item.fixturenames:
            item.add_marker("broker")


def pytest_collection_finish() -> None:
    """Let the collector leave what is loaded alone, and come less often: each test makes a whole application anew."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 20)


@pytest.fixture(autouse=True)
def _warnings_only() -> None:
    """A failing test shows why it fails, and not everything that was logged on the way there."""
    from tests.support.logs import log_warnings_only

    log_warnings_only()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """The server of this run; the migrations are applied anew only where they are not what they were before."""
    from tests.cluster import migrated_server

    has_cache = pytestconfig.pluginmanager.hasplugin("cacheprovider")
    cache = pytestconfig.cache.mkdir("cluster") if has_cache and pytestconfig.cache is not None else None
    with folder_in_memory(tmp_path_factory.mktemp("postgres")) as folder, migrated_server(folder, cache) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """The name of a database with all services' schemas; never connect to it, take `database`."""
    from tests.databases import TEMPLATE

    assert postgres.is_ready
    return TEMPLATE


@pytest.fixture
async def database(postgres: Postgres, migrated: str) -> AsyncIterator[FreshDatabase]:
    """A database of this test alone, with all services' schemas, empty."""
    import asyncpg

    from tests.databases import FreshDatabase

    fresh = FreshDatabase(postgres, f"test_{next(NUMBERS)}")
    administrator = await asyncpg.connect(postgres.url())
    try:
        await administrator.execute(f"CREATE DATABASE {fresh.name} TEMPLATE {migrated} STRATEGY file_copy")
        yield fresh
        await administrator.execute(f"DROP DATABASE {fresh.name} WITH (FORCE)")
    finally:
        await administrator.close()


@pytest.fixture(scope="session")
def shared_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the one broker of this run is, if OPENITEMS_TEST_BROKER asks for another than the embedded one."""
    from tests.brokers.choice import chosen_broker, shared_broker
    from tests.brokers.jars import KafkaMissing

    try:
        with shared_broker(chosen_broker(), tmp_path_factory.mktemp("kafka")) as bootstrap:
            yield bootstrap
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on {chosen_broker()}: {missing}")


@pytest.fixture
async def broker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TestBroker]:
    """The broker that was chosen, with every topic, empty; the settings find it in the environment."""
    from contracts.topics import TOPICS
    from deploy.embedded.broker.server import FETCH_WAIT_MS, Broker
    from deploy.embedded.broker.topics import create_topics
    from tests.brokers.choice import EMBEDDED, TestBroker, chosen_broker, empty_topics

    is_kafka = chosen_broker() != EMBEDDED
    monkeypatch.setenv("OPENITEMS_KAFKA_IDEMPOTENCE", str(is_kafka).lower())
    monkeypatch.setenv("OPENITEMS_KAFKA_FETCH_WAIT_MS", str(500 if is_kafka else FETCH_WAIT_MS))
    monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
    if is_kafka:
        bootstrap: str = request.getfixturevalue("shared_bootstrap")
        await empty_topics(bootstrap, PARTITIONS)
        monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", bootstrap)
        yield TestBroker(bootstrap, is_kafka=True)
        return
    with Broker(tmp_path / "broker") as started:
        await create_topics(started.bootstrap, TOPICS, PARTITIONS)
        monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", started.bootstrap)
        yield TestBroker(started.bootstrap, is_kafka=False)
