"""The matching service, serving and working, and a clerk at its commands."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chassis.database import open_database
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.databases import FreshDatabase
from tests.services.matching.books import Ledger
from tests.services.matching.desk import open_app
from tests.services.matching.library import ADMINISTRATION, configured, posted
from tests.support.clerk import Clerk, everywhere


@pytest.fixture
async def ledger(database: FreshDatabase) -> AsyncIterator[Ledger]:
    """The books of two debtors."""
    opened = await open_database(database.settings("matching"))
    books = Ledger(opened, database.owner_url)
    await books.take(configured(), posted("I1", 500), posted("C1", -500), posted("ODD", 33))
    await books.take(posted("I2", 900, party_id="P2"), posted("C2", -900, party_id="P2"))
    yield books
    await opened.close()


@pytest.fixture
async def clerk(
    ledger: Ledger, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clerk]:
    """A clerk at work, and a service that serves and works."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    issuer = Issuer(tmp_path / "keys.json")
    app = open_app(ledger, database, issuer)
    working = asyncio.create_task(ledger.worker.run())
    with capture_logs():
        async with serving(app) as url:
            yield Clerk(issuer, everywhere(url), ADMINISTRATION, "matching")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
