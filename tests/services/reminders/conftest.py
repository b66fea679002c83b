"""The reminder service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.driven import Driven

if TYPE_CHECKING:
    from fastapi import FastAPI

    from chassis.service import Runtime
    from tests.chassis.issuer import Issuer
    from tests.databases import FreshDatabase
    from tests.support.clerk import Clerk
    from tests.support.desk import Json


class Reminders(Driven):
    """The service under test, and its API as an employee calls it."""

    def __init__(self, runtime: Runtime, app: FastAPI, issuer: Issuer, documents: Path) -> None:
        from services.reminders.app import SERVICE
        from tests.services.reminders.library import ADMINISTRATION, NOW
        from tests.support.desk import Desk, client_of

        super().__init__(runtime.database, SERVICE, NOW)
        self.runtime = runtime
        self.worker = runtime.jobs
        self.app = app
        self.desk = Desk(client_of(app), issuer, ADMINISTRATION)
        self.documents = documents

    async def echo(self) -> None:
        """Take what the service itself published, as it comes back from the broker."""
        await self.take(*await self.published("item-posted"), *await self.published("reminder-issued"))

    async def listed(self, criteria: Json | None = None, **preferences: Any) -> list[str]:
        """Items on today's control list."""
        page = await self.desk.do("control-list/items", asked(criteria, preferences))
        return [item["item_id"] for item in page["items"]]

    async def why_not(self, criteria: Json | None = None, **preferences: Any) -> dict[str, str]:
        """Items that are not on today's control list, and the code of why not."""
        page = await self.desk.do("control-list/items", asked(criteria, preferences), show="left-out")
        return {item["item_id"]: item["reason"] for item in page["items"]}

    async def make_run(self, criteria: Json | None = None, **preferences: Any) -> Json:
        """A run of the items on a control list of today (or `generation_date`)."""
        run = await self.desk.do("runs", asked(criteria, preferences), status=202)
        await self.work()
        return dict(await self.desk.read(f"runs/{run['run_id']}"))

    async def issue(self, run: Json) -> Json:
        """Issue a run as it was seen, to its end."""
        await self.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=202)
        await self.work()
        return dict(await self.desk.read(f"runs/{run['run_id']}"))

    async def remind(self, criteria: Json | None = None, **preferences: Any) -> Json:
        """List, run and issue at once."""
        return await self.issue(await self.make_run(criteria, **preferences))


def asked(criteria: Json | None, preferences: Json) -> Json:
    """The body of a control list or a run; `generation_date` and `report` stand beside the preferences."""
    from tests.services.reminders.library import TODAY

    beside: Json = {name: preferences.pop(name) for name in ("generation_date", "report") if name in preferences}
    day = str(beside.pop("generation_date", TODAY))
    return {"generation_date": day, "criteria": criteria or {}, "preferences": preferences, **beside}


@pytest.fixture
async def reminders(
    database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Reminders]:
    """The service on an empty database and an empty document store; no broker is asked."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    async with running(database, tmp_path) as service:
        yield service


@asynccontextmanager
async def running(database: FreshDatabase, folder: Path, **changes: Any) -> AsyncIterator[Reminders]:
    """The service on a database, with its files in a folder; `changes` are further settings."""
    from pydantic import SecretStr

    from chassis.database import open_database
    from chassis.service import assemble
    from services.reminders.app import SERVICE
    from services.reminders.settings import ReminderSettings
    from tests.chassis.issuer import Issuer
    from tests.support.desk import app_of, no_lag

    documents = folder / "documents"
    facts: Json = {
        "service": "reminders",
        "database_url": SecretStr(database.url("reminders")),
        "document_store": documents,
        "house_styles": folder / "styles",
    }
    settings = ReminderSettings.model_validate(facts | changes)
    opened = await open_database(settings)
    runtime = assemble(SERVICE, settings, opened)
    issuer = Issuer(folder / "jwks.json")
    app = app_of(SERVICE, runtime, issuer, no_lag)
    service = Reminders(runtime, app, issuer, documents)
    async with service.desk.client:
        yield service
    await opened.close()


@pytest.fixture
async def clerk(reminders: Reminders) -> AsyncIterator[Clerk]:
    """A clerk at work, and a service that serves and works."""
    from tests.chassis.serving import serving
    from tests.services.reminders.library import ADMINISTRATION
    from tests.support.clerk import Clerk

    working = asyncio.create_task(reminders.runtime.jobs.run())
    async with serving(reminders.app) as url:
        yield Clerk(reminders.desk.issuer, {"reminders": url}, ADMINISTRATION, "reminders")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
