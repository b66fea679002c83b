"""PostgreSQL is killed under eight writers: when it is back, all that was acknowledged is there."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from chassis.database import open_database
from chassis.errors import Retry
from chassis.migrations import migrate
from chassis.settings import Settings
from deploy.embedded.postgres.databases import DATABASE, OWNER, prepare_database, service_role
from deploy.embedded.postgres.server import Postgres
from services.matching.app import SERVICE
from tests.faults.dying import Life, living
from tests.faults.ledger_paths import configure, take, violations
from tests.services.matching.library import posted
from tests.support.patience import start_again, until

WRITERS, ITEMS_PER_BATCH = 8, 5
BATCHES_WRITTEN = 160
DEAD_SECONDS = 60.0


async def prepared(postgres: Postgres) -> Settings:
    """The ledger's settings on a new server."""
    await prepare_database(postgres, ["matching"])
    settings = Settings(
        service="matching",
        database_url=SecretStr(postgres.url(service_role("matching"), DATABASE)),
        migration_database_url=SecretStr(postgres.url(OWNER, DATABASE)),
    )
    await migrate(settings, SERVICE.migrations)
    await configure(settings)
    return settings


async def on_disk(postgres: Postgres) -> None:
    """All that is written so far stays, whatever is waited for: what is lost afterwards is what the writers wrote."""
    connection = await asyncpg.connect(postgres.url())
    await connection.execute("CHECKPOINT")
    await connection.close()


async def write(settings: Settings, writer: int, acknowledged: set[tuple[str, str]]) -> None:
    """Take postings of one party until the server is gone, and note what was acknowledged."""
    database = await open_database(settings)
    party_id = f"W{writer}"
    with suppress(Retry, OSError):
        for number in range(100_000):
            names = [f"I{number}-{index}" for index in range(ITEMS_PER_BATCH)]
            await take(database, *(posted(name, 100, party_id=party_id) for name in names))
            acknowledged.update((party_id, name) for name in names)
    database.pool.terminate()


async def lost(folder: Path, server: Mapping[str, str]) -> set[tuple[str, str]]:
    """What was acknowledged and is not there after the server was killed; the books must be right anyway."""
    acknowledged: set[tuple[str, str]] = set()
    with Postgres(folder / "postgres", settings=server) as postgres:
        settings = await prepared(postgres)
        await on_disk(postgres)
        writers = [asyncio.create_task(write(settings, number, acknowledged)) for number in range(WRITERS)]
        written = BATCHES_WRITTEN * ITEMS_PER_BATCH
        await until(lambda: len(acknowledged) >= written or all(w.done() for w in writers), "enough is written")
        postgres.child.signal(signal.SIGKILL)
        postgres.child.wait(DEAD_SECONDS)
        await asyncio.gather(*writers)
        await start_again(postgres)
        async with living(settings, Life()) as whole:
            rows = await whole.pool.fetch("SELECT party_id, item_id FROM item")
        assert acknowledged, "something was written before the server was killed"
        found = {(row["party_id"], row["item_id"]) for row in rows}
        assert len(found) % ITEMS_PER_BATCH == 0, "a batch is there whole or not at all"
        assert await violations(settings) == []
    return acknowledged - found


async def test_what_was_acknowledged_is_there_after_postgresql_was_killed(tmp_path: Path) -> None:
    assert await lost(tmp_path, {}) == set()


async def test_commits_that_are_not_waited_for_are_noticed(tmp_path: Path) -> None:
    asynchronous = {"synchronous_commit": "off", "wal_writer_delay": "10s"}

    with pytest.raises(AssertionError):
        assert await lost(tmp_path, asynchronous) == set()
