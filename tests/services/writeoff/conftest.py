"""The write-off service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from chassis.database import Database, open_database
from chassis.service import assemble
from services.writeoff.app import SERVICE
from services.writeoff.operations.batches import complete_due
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.services.driven import Driven
from tests.services.writeoff.library import ADMINISTRATION, NOW
from tests.services.writeoff.serving import desk_of

WITHIN = f"/v1/administrations/{ADMINISTRATION}"


class WriteOffs(Driven):
    """The service under test."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SERVICE, NOW)

    async def complete(self) -> None:
        """Publish the outcomes of batches that are complete."""
        async with self.database.transaction() as connection:
            await complete_due(connection, NOW)


@pytest.fixture
async def writeoffs(database: FreshDatabase) -> AsyncIterator[WriteOffs]:
    """The service on an empty database."""
    opened = await open_database(database.settings("writeoff"))
    try:
        yield WriteOffs(opened)
    finally:
        await opened.close()


class Desk:
    """The service's API as an employee calls it."""

    def __init__(self, client: AsyncClient, issuer: Issuer) -> None:
        self.client = client
        self.issuer = issuer
        self.keys = count(1)

    async def get(self, path: str, **parameters: Any) -> Response:
        """Read below the administration."""
        return await self.client.get(f"{WITHIN}/{path}", params=parameters, headers=self._headers("e.maes"))

    async def post(
        self, path: str, body: Any, *, employee: str = "e.maes", key: str | None = None, roles: Sequence[str] = ()
    ) -> Response:
        """Carry out a command below the administration."""
        headers = self._headers(employee, roles) | {"idempotency-key": key or f"key-{next(self.keys)}"}
        return await self.client.post(f"{WITHIN}/{path}", json=body, headers=headers)

    async def write_off(self, wish: dict[str, Any], **options: Any) -> Response:
        """Look at the preview and confirm it."""
        preview = await self.post("write-offs/preview", wish)
        assert preview.status_code == 200, preview.text
        fingerprint = preview.json()["fingerprint"]
        return await self.post("write-offs", wish | {"fingerprint": fingerprint}, **options)

    def _headers(self, employee: str, roles: Sequence[str] = ()) -> dict[str, str]:
        return self.issuer.bearer(
            sub=employee, administrations=[ADMINISTRATION], roles=list(roles or ("clerk", "auditor"))
        )


@pytest.fixture
async def desk(
    writeoffs: WriteOffs, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """The API of the service under test; no broker is asked."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    runtime = assemble(SERVICE, database.settings("writeoff"), writeoffs.database)
    issuer = Issuer(tmp_path / "jwks.json")

    async def no_lag() -> dict[str, int]:
        return {}

    monkeypatch.setattr(runtime.subscriber, "group_lag", no_lag)
    async with desk_of(runtime, issuer) as client:
        yield Desk(client, issuer)
