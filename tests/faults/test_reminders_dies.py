"""The reminder service dies at every await of issuing a run: each debtor gets one letter, one fee, one event."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as Folder
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from pydantic import SecretStr

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.validation import read_event
from chassis.database import Database
from chassis.jobs import JobWorker
from chassis.service import assemble
from contracts.event import Event
from services.reminders.app import SERVICE
from services.reminders.documents.folder import FolderStore
from services.reminders.domain.criteria import ListCriteria, ListRequest
from services.reminders.mail.compose import compose
from services.reminders.mail.send import Mailer
from services.reminders.operations.emails import send_next
from services.reminders.operations.runs import queue_freezing
from services.reminders.settings import ReminderSettings
from services.reminders.store.emails import QueuedEmail, queue_emails
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import record_of
from tests.faults.dying import Life, Path, die_everywhere, living
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE
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
from tests.services.reminders.mail.serving import Authority, serving
from tests.services.reminders.mail.test_compose import ENVELOPE, PDF
from tests.support.desk import Desk, app_of, client_of, no_lag

OUTCOMES = {
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "reminders": "SELECT level FROM reminder WHERE party_id = $1",
    "items": "SELECT item_id, status, open_amount, blocked FROM item WHERE party_id = $1 ORDER BY 1",
    "settlements": "SELECT item_id, amount FROM item_settlement WHERE party_id = $1 ORDER BY 1",
    "waiting": "SELECT topic FROM waiting_event WHERE split_part(key, ':', 2) = $1",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1",
}
MAX_CHUNKS = 20
MEMBERS = "SELECT item_id, currency, open_amount, level, due_on FROM run_item WHERE party_id = $1 ORDER BY 1"
RUNS = """SELECT r.state, (
    SELECT sum((told ->> 'items')::integer) FROM jsonb_array_elements(r.left_out) AS told
) + (SELECT count(*) FROM run_item AS m WHERE m.run_id = r.run_id) = (SELECT count(*) FROM item)
FROM reminder_run AS r WHERE r.request -> 'criteria' -> 'parties' ->> 0 = $1"""
"""How far the run of a party is, and whether each item is in it or told to be left out, once."""

EMAILS = "SELECT state, attempts, leased_until FROM reminder_email WHERE party_id = $1"
LEASES_RUN_OUT = "UPDATE reminder_email SET leased_until = clock_timestamp() WHERE party_id = $1 AND state = 'queued'"


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
        client = client_of(app_of(SERVICE, runtime, issuer, no_lag), always_answers=True)
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


async def test_freezing_a_list(settings: ReminderSettings) -> None:
    async def queue(database: Database, party_id: str) -> None:
        await take(database, party(party_id), posted("I1", party_id=party_id), posted("I2", 300, party_id))
        await take(database, posted("I3", 500, party_id), changed("I3", party_id, blocked=True))
        request = ListRequest(generation_date=TODAY, criteria=ListCriteria(parties=(party_id,)))
        async with database.transaction() as connection:
            await queue_freezing(connection, ADMINISTRATION, request, "e.maes")

    async def work(database: Database, _party_id: str) -> None:
        worker = JobWorker(database, SERVICE.jobs)
        while await worker.advance_one():
            pass

    async def frozen(database: Database, party_id: str) -> dict[str, Any]:
        members = await database.pool.fetch(MEMBERS, party_id)
        return {
            "members": [tuple(row) for row in members],
            "runs": [tuple(row) for row in await database.pool.fetch(RUNS, party_id)],
        }

    async with living(settings, Life()) as whole:
        await queue(whole, "LOOK")
        await work(whole, "LOOK")
        assert [row[0] for row in (await frozen(whole, "LOOK"))["members"]] == ["I1", "I2"]
        assert (await frozen(whole, "LOOK"))["runs"] == [("listed", True)]
    assert await die_everywhere(settings, Path(queue, work, frozen)) > 5


async def test_sending_a_message(settings: ReminderSettings, tmp_path: Folder) -> None:
    store = FolderStore(tmp_path / "documents")
    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with living(settings, Life()) as reading:

            async def queue(database: Database, party_id: str) -> None:
                reminder_id, recipient = uuid5(NAMESPACE_OID, party_id), f"{party_id}@example.org"
                letter = replace(DUTCH, reminder_id=str(reminder_id))
                message = compose(letter, DUTCH_HOUSE, PDF, replace(ENVELOPE, recipient=recipient))
                queued = QueuedEmail(party_id, reminder_id, recipient, await store.put(message.as_bytes()))
                async with database.transaction() as connection:
                    await queue_emails(connection, ADMINISTRATION, [queued])

            async def work(database: Database, party_id: str) -> None:
                await reading.pool.execute(LEASES_RUN_OUT, party_id)
                async with Mailer(replace(server, messages_per_minute=100_000)) as mailer:
                    while await send_next(database, store, mailer, datetime.now(UTC)):
                        pass

            async def sent(database: Database, party_id: str) -> dict[str, Any]:
                arrived = [message for message in inbox.messages if f"<{party_id}@".encode() in message]
                return {
                    "states": [tuple(row) for row in await database.pool.fetch(EMAILS, party_id)],
                    "different messages": len(set(arrived)),
                    "more than one death explains": len(arrived) > 2,
                }

            assert await die_everywhere(settings, Path(queue, work, sent)) > 5


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}
