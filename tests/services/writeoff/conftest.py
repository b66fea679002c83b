"""The write-off service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.driven import Driven

if TYPE_CHECKING:
    from httpx import Response

    from chassis.database import Database
    from tests.databases import FreshDatabase
    from tests.support.desk import Desk


class WriteOffs(Driven):
    """The service under test."""

    def __init__(self, database: Database) -> None:
        from services.writeoff.app import SERVICE
        from tests.services.writeoff.library import NOW

        super().__init__(database, SERVICE, NOW)

    async def complete(self) -> None:
        """Publish the outcomes of batches that are complete."""
        from services.writeoff.operations.batches import complete_due

        async with self.database.transaction() as connection:
            await complete_due(connection, self.now)


@pytest.fixture
async def writeoffs(database: FreshDatabase) -> AsyncIterator[WriteOffs]:
    """The service on an empty database."""
    from chassis.database import open_database

    opened = await open_database(database.settings("writeoff"))
    try:
        yield WriteOffs(opened)
    finally:
        await opened.close()


async def write_off(desk: Desk, wish: dict[str, Any], **options: Any) -> Response:
    """Look at the preview and confirm it."""
    preview = await desk.do("write-offs/preview", wish, 200)
    return await desk.send("write-offs", wish | {"fingerprint": preview["fingerprint"]}, **options)


@pytest.fixture
async def desk(
    writeoffs: WriteOffs, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """The API of the service under test; no broker is asked."""
    from chassis.service import assemble
    from services.writeoff.app import SERVICE
    from tests.chassis.issuer import Issuer
    from tests.services.writeoff.library import ADMINISTRATION
    from tests.support.desk import Desk, app_of, client_of, no_lag

    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    runtime = assemble(SERVICE, database.settings("writeoff"), writeoffs.database)
    issuer = Issuer(tmp_path / "jwks.json")
    monkeypatch.setattr(runtime.subscriber, "group_lag", no_lag)
    async with client_of(app_of(SERVICE, runtime, issuer, no_lag)) as client:
        yield Desk(client, issuer, ADMINISTRATION)
