"""The ledger without a broker, and its API without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.databases import FreshDatabase
    from tests.services.matching.books import Ledger
    from tests.support.desk import Desk


@pytest.fixture
async def empty_ledger(database: FreshDatabase) -> AsyncIterator[Ledger]:
    """The service on an empty database."""
    from chassis.database import open_database
    from tests.services.matching.books import Ledger

    opened = await open_database(database.settings("matching"))
    try:
        yield Ledger(opened, database.owner_url)
    finally:
        await opened.close()


@pytest.fixture
async def ledger(empty_ledger: Ledger) -> Ledger:
    """The service of a configured administration."""
    from tests.services.matching.library import configured

    await empty_ledger.take(configured())
    return empty_ledger


@pytest.fixture
async def desk(
    ledger: Ledger, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """The API over the configured ledger."""
    from tests.services.matching.desk import open_desk

    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    opened = open_desk(ledger, database, tmp_path)
    async with opened.client:
        yield opened
