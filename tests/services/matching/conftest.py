"""The ledger without a broker, and its API without a server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.database import open_database
from tests.databases import FreshDatabase
from tests.services.matching.books import Ledger
from tests.services.matching.desk import open_desk
from tests.services.matching.library import configured
from tests.support.desk import Desk


@pytest.fixture
async def empty_ledger(database: FreshDatabase) -> AsyncIterator[Ledger]:
    """The service on an empty database."""
    opened = await open_database(database.settings("matching"))
    try:
        yield Ledger(opened, database.owner_url)
    finally:
        await opened.close()


@pytest.fixture
async def ledger(empty_ledger: Ledger) -> Ledger:
    """The service of a configured administration."""
    await empty_ledger.take(configured())
    return empty_ledger


@pytest.fixture
async def desk(
    ledger: Ledger, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """The API over the configured ledger."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    opened = open_desk(ledger, database, tmp_path)
    async with opened.client:
        yield opened
