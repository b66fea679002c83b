"""The ledger's API as a clerk's program sees it."""

from itertools import count
from pathlib import Path
from typing import Any

import httpx

from chassis.consuming.handling import Record
from chassis.database import Connection
from chassis.errors import Poison
from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.service import assemble
from services.matching.app import SERVICE
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE

KEYS = count(1)
Json = dict[str, Any]


class Desk:
    """A client with a token; `as_employee` gives one of somebody else."""

    def __init__(self, client: httpx.AsyncClient, issuer: Issuer, employee: str = EMPLOYEE) -> None:
        self.client = client
        self.issuer = issuer
        self.employee = employee

    def as_employee(self, employee: str) -> "Desk":
        return Desk(self.client, self.issuer, employee)

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        """Read a path below the administration's."""
        answer = await self.client.get(self._path(path), params=params, headers=self._headers())
        assert answer.status_code == status, answer.text
        return answer.json()

    async def text(self, path: str, **params: Any) -> str:
        answer = await self.client.get(self._path(path), params=params, headers=self._headers())
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, path: str, body: Json, status: int, *, key: str | None = None) -> Any:
        """Send a command under a key of its own."""
        headers = self._headers() | {"idempotency-key": key or f"key-{next(KEYS)}"}
        answer = await self.client.post(self._path(path), json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else f"/v1/administrations/{ADMINISTRATION}/{path}"

    def _headers(self) -> dict[str, str]:
        return self.issuer.bearer(
            sub=self.employee, administrations=[ADMINISTRATION], roles=["clerk", "operator", "auditor"]
        )


async def _no_lag() -> dict[str, int]:
    return {}


async def _applied(_connection: Connection, _record: Record) -> Poison | None:
    return None


def open_desk(ledger: Ledger, database: FreshDatabase, folder: Path) -> Desk:
    """The service's application over the ledger's database, without a server."""
    runtime = assemble(SERVICE, database.settings("matching"), ledger.database)
    issuer = Issuer(folder / "keys.json")
    app = create_app(
        ServiceApi(
            title=SERVICE.title,
            version="1",
            routers=[SERVICE.api(runtime)],
            translations=SERVICE.translations,
        ),
        verifier=issuer.verifier(),
        readiness=Readiness(),
        ports=OperatorPorts(
            service="matching",
            database=ledger.database,
            lag=_no_lag,
            group_lag=_no_lag,
            retry_dead=_applied,
            wait_limit_seconds=60.0,
        ),
    )
    transport = httpx.ASGITransport(app=app)
    return Desk(httpx.AsyncClient(transport=transport, base_url="http://ledger"), issuer)
