"""The reminder service dies at every await of issuing a run: each debtor gets one letter, one fee, one event."""

from pathlib import Path as Folder
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_event
from chassis.database import Database
from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.jobs import JobWorker
from chassis.service import Runtime, assemble
from services.reminders.app import SERVICE
from services.reminders.settings import ReminderSettings
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import record_of
from tests.faults.dying import Life, Path, die_everywhere, living
from tests.services.reminders.library import ADMINISTRATION, TODAY, configured, party, posted

OUTCOMES = {
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "reminders": "SELECT level FROM reminder WHERE party_id = $1",
    "items": "SELECT item_id, status FROM item WHERE party_id = $1 ORDER BY 1",
}
MAX_CHUNKS = 20
Json = dict[str, Any]


class Desk:
    """The service's API over one database, as a clerk calls it."""

    def __init__(self, settings: ReminderSettings, database: Database, issuer: Issuer) -> None:
        self.runtime: Runtime = assemble(SERVICE, settings, database)
        self.headers = issuer.bearer(sub="e.maes", administrations=[ADMINISTRATION], roles=["clerk"])
        app = create_app(
            ServiceApi(title=SERVICE.title, version="1", routers=[SERVICE.api(self.runtime)]),
            verifier=issuer.verifier(),
            readiness=Readiness(),
            ports=OperatorPorts(
                service="reminders",
                database=database,
                lag=_no_lag,
                retry_dead=self.runtime.dispatcher.retry_dead,
                wait_limit_seconds=86_400,
            ),
        )
        self.client = AsyncClient(transport=ASGITransport(app), base_url="http://reminders")

    async def post(self, path: str, body: Json, key: str) -> Json:
        answer = await self.client.post(
            f"/v1/administrations/{ADMINISTRATION}/{path}", json=body, headers=self.headers | {"idempotency-key": key}
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def run(self, run_id: str) -> Json:
        answer = await self.client.get(f"/v1/administrations/{ADMINISTRATION}/runs/{run_id}", headers=self.headers)
        return dict(answer.json())


async def _no_lag() -> dict[str, int]:
    return {}


@pytest.fixture
async def settings(database: FreshDatabase, tmp_path: Folder, monkeypatch: pytest.MonkeyPatch) -> ReminderSettings:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    found = ReminderSettings(
        service="reminders",
        database_url=SecretStr(database.url("reminders")),
        document_store=tmp_path / "documents",
    )
    async with living(found, Life()) as whole:
        await Dispatcher(whole, SERVICE.handlers, "reminders").apply([read_event(record_of(configured()))])
    return found


async def test_issuing_a_run(settings: ReminderSettings, tmp_path: Folder) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    async with living(settings, Life()) as reading:
        desk = Desk(settings, reading, issuer)

        async def queue(database: Database, party_id: str) -> None:
            dispatcher = Dispatcher(database, SERVICE.handlers, "reminders")
            events = [party(party_id), posted("I1", party_id=party_id), posted("I2", 300, party_id)]
            await dispatcher.apply([read_event(record_of(event)) for event in events])
            wish = {"generation_date": str(TODAY), "criteria": {"parties": [party_id]}, "preferences": {}}
            run = await desk.post("runs", wish, f"list-{party_id}")
            await work(database, party_id)
            run = await desk.run(run["run_id"])
            await desk.post(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, f"issue-{party_id}")

        async def work(database: Database, party_id: str) -> None:
            del party_id
            worker = JobWorker(database, desk.runtime.jobs.kinds)
            for _ in range(MAX_CHUNKS):
                if not await worker.advance_one():
                    return

        awaits = await die_everywhere(settings, Path(queue, work, outcome))

        await desk.client.aclose()
    assert awaits > 5


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}
