"""The selection service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.driven import Driven
from tests.support.desk import Desk, app_of, client_of, no_lag, reason_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from httpx import Response

    from chassis.database import Database
    from tests.chassis.issuer import Issuer
    from tests.databases import FreshDatabase


class Selection(Driven):
    """The service under test."""

    def __init__(self, database: Database) -> None:
        from services.selection.app import SERVICE
        from tests.services.selection.library import NOW

        super().__init__(database, SERVICE, NOW)


@pytest.fixture
async def selection(database: FreshDatabase) -> AsyncIterator[Selection]:
    """The service on an empty database."""
    from chassis.database import open_database

    opened = await open_database(database.settings("selection"))
    try:
        yield Selection(opened)
    finally:
        await opened.close()


class SelectionDesk(Desk):
    """The service's API as an employee calls it."""

    async def fixed(self, criteria: Any, name: str = "Old debts", **options: Any) -> Any:
        """Select, and save as a fixed set."""
        made = await self.do("sets", {"criteria": criteria, **options})
        return await self.do(f"sets/{made['set_id']}/fix", {"name": name})

    async def reported(self, criteria: Any, name: str = "Old debts") -> Any:
        """A fixed set whose control report was exported."""
        made = await self.fixed(criteria, name)
        await self.read(f"sets/{made['set_id']}/export", format="csv-nl-BE")
        return made

    async def approved(self, made: Any) -> Any:
        """The write-off of a reported set, confirmed twice."""
        batch = await self.do(f"sets/{made['set_id']}/write-offs")
        await self.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
        return batch


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """Whoever signs the employees' tokens."""
    from tests.chassis.issuer import Issuer

    return Issuer(tmp_path / "jwks.json")


@pytest.fixture
def app(selection: Selection, database: FreshDatabase, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application of the service under test; no broker is asked."""
    from chassis.service import assemble
    from services.selection.app import SERVICE

    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    return app_of(SERVICE, assemble(SERVICE, database.settings("selection"), selection.database), issuer, no_lag)


@pytest.fixture
async def desk(app: FastAPI, issuer: Issuer) -> AsyncIterator[SelectionDesk]:
    """The API of the service under test."""
    from tests.services.selection.library import ADMINISTRATION

    async with client_of(app) as client:
        yield SelectionDesk(client, issuer, ADMINISTRATION, roles=("clerk",))


def confirmation(batch: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the second confirmation names of a write-off."""
    return {"items": batch["items"], "totals": batch["totals"], "fingerprint": batch["fingerprint"], **changes}


def refusal(answer: Response) -> str:
    """The code of a refused request, which says what to do instead and where."""
    assert 400 <= answer.status_code < 500, reason_of(answer)
    problem = answer.json()
    assert problem["detail"]
    return str(problem["code"])
