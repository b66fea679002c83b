"""The reminder service dies at every await of issuing a run: each debtor gets one letter, one fee, one event."""

from pathlib import Path as Folder
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from pydantic import SecretStr

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_event
from chassis.database import Database
from chassis.jobs import JobWorker
from chassis.service import assemble
from contracts.event import Event
from services.reminders.app import SERVICE
from services.reminders.settings import ReminderSettings
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import record_of
from tests.faults.dying import Life, Path, die_everywhere, living
from tests.integration.desk import Desk, app_of, client_of, no_lag
from tests.services.reminders.library import (
    ADMINISTRATION,
    TODAY,
    changed,
    configured,
    matched,
    party,
    posted,
    referred,
)

OUTCOMES = {
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "reminders": "SELECT level FROM reminder WHERE party_id = $1",
    "items": "SELECT item_id, status, open_amount, blocked FROM item WHERE party_id = $1 ORDER BY 1",
    "settlements": "SELECT item_id, amount FROM item_settlement WHERE party_id = $1 ORDER BY 1",
    "waiting": "SELECT topic FROM waiting_event WHERE party_id = $1",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1",
}
MAX_CHUNKS = 20


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


async def take(database: Database, *events: Event) -> None:
    dispatcher = Dispatcher(database, SERVICE.handlers, "reminders", SERVICE.prepare)
    await dispatcher.apply([read_event(record_of(event)) for event in events])


async def test_taking_postings_and_what_became_of_them(settings: ReminderSettings) -> None:
    async def nothing(_database: Database, _party_id: str) -> None:
        """Nothing is there before."""

    async def work(database: Database, party_id: str) -> None:
        match_id = uuid5(NAMESPACE_OID, party_id)
        await take(
            database,
            party(party_id),
            posted("I1", party_id=party_id),
            posted("I1", 7, party_id),
            posted("I2", 300, party_id),
            changed("I2", party_id, blocked=True),
            matched({"I1": (-250, 1000)}, party_id, match_id=match_id),
            referred("I2", party_id),
            changed("EARLY", party_id),
        )

    assert await die_everywhere(settings, Path(nothing, work, outcome)) > 5


async def test_issuing_a_run(settings: ReminderSettings, tmp_path: Folder) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    async with living(settings, Life()) as reading:
        runtime = assemble(SERVICE, settings, reading)
        client = client_of(app_of(SERVICE, runtime, issuer, no_lag))
        desk = Desk(client, issuer, ADMINISTRATION)

        async def queue(database: Database, party_id: str) -> None:
            dispatcher = Dispatcher(database, SERVICE.handlers, "reminders")
            events = [party(party_id), posted("I1", party_id=party_id), posted("I2", 300, party_id)]
            await dispatcher.apply([read_event(record_of(event)) for event in events])
            wish = {"generation_date": str(TODAY), "criteria": {"parties": [party_id]}, "preferences": {}}
            run = await desk.do("runs", wish, key=f"list-{party_id}")
            await work(database, party_id)
            run = await desk.read(f"runs/{run['run_id']}")
            await desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, key=f"issue-{party_id}")

        async def work(database: Database, party_id: str) -> None:
            del party_id
            worker = JobWorker(database, runtime.jobs.kinds)
            for _ in range(MAX_CHUNKS):
                if not await worker.advance_one():
                    return

        awaits = await die_everywhere(settings, Path(queue, work, outcome))

        await client.aclose()
    assert awaits > 5


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}
