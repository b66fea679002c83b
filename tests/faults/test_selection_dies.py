"""The selection service dies at every await: nothing it took or told is lost or doubled."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path as Folder
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.validation import read_event
from chassis.database import Database
from chassis.jobs import JobWorker
from chassis.service import assemble
from chassis.settings import Settings
from contracts.event import Event
from contracts.matching import MatchRejected
from contracts.selection import WriteoffRequested
from services.selection.app import SERVICE
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import record_of
from tests.faults.dying import Life, Path, die_everywhere, die_in_pairs, living
from tests.services.selection.library import (
    ADMINISTRATION,
    NOW,
    configured,
    matched,
    party,
    posted,
    read,
    summary,
    written_off,
)
from tests.support.desk import Desk, app_of, client_of, no_lag

OUTCOMES = {
    "items": "SELECT item_id, open_amount, status, blocked FROM item WHERE party_id = $1 ORDER BY 1",
    "balances": "SELECT currency, open_amount FROM balance WHERE party_id = $1 ORDER BY 1",
    "past": "SELECT amount, items, reversed FROM past_writeoff WHERE party_id = $1 ORDER BY 1, 2",
    "requests": "SELECT items, written_off, skipped FROM writeoff_request WHERE party_id = $1",
    "batches": "SELECT b.state, b.items, b.outcome IS NULL FROM writeoff_batch AS b"
    " INNER JOIN set_member AS m USING (administration, set_id) WHERE m.party_id = $1 ORDER BY 1, 2",
    "jobs": "SELECT j.state, j.done FROM job AS j INNER JOIN writeoff_batch AS b"
    " ON b.batch_id = (j.parameters ->> 'batch_id')::uuid"
    " INNER JOIN set_member AS m ON m.set_id = b.set_id WHERE m.party_id = $1 ORDER BY 1, 2",
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "waiting": "SELECT topic FROM waiting_event WHERE split_part(key, ':', 2) = $1 ORDER BY 1",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1",
}


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    """All that the service holds of a party."""
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}


async def take(database: Database, *events: Event) -> None:
    dispatcher = Dispatcher(database, SERVICE.handlers, "selection", SERVICE.prepare)
    await dispatcher.apply([read_event(record_of(event)) for event in events])


@pytest.fixture
async def settings(database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    found = database.settings("selection")
    async with living(found, Life()) as whole:
        await take(whole, configured())
    return found


@pytest.fixture
async def desk(settings: Settings, tmp_path: Folder) -> AsyncIterator[Desk]:
    """The API, on a process that lives."""
    issuer = Issuer(tmp_path / "jwks.json")
    async with AsyncExitStack() as stack:
        whole = await stack.enter_async_context(living(settings, Life()))
        app = app_of(SERVICE, assemble(SERVICE, settings, whole), issuer, no_lag)
        yield Desk(await stack.enter_async_context(client_of(app, always_answers=True)), issuer, ADMINISTRATION)


async def nothing(_database: Database, _party_id: str) -> None:
    """Nothing is there before."""


async def owing(database: Database, party_id: str) -> None:
    await take(database, party(party_id), posted("I1", 1250, party_id=party_id), posted("I2", 800, party_id=party_id))


async def requests(database: Database, party_id: str) -> Sequence[WriteoffRequested]:
    """What the service asked to be written off."""
    rows = await database.pool.fetch(
        "SELECT body FROM outbox WHERE topic = 'writeoff-requested' AND split_part(key, ':', 2) = $1", party_id
    )
    return [WriteoffRequested.model_validate_json(row["body"]) for row in rows]


async def publish(database: Database, _party_id: str) -> None:
    worker = JobWorker(database, SERVICE.jobs)
    while await worker.advance_one():
        pass


def refusal_of(party_id: str) -> Event:
    """The ledger refuses another request of the party, naming one item."""
    facts = {
        "party_id": party_id,
        "request_id": uuid5(NAMESPACE_OID, f"{party_id}-refused"),
        "code": "closed-period",
        "message": "Period 2026/10 is closed.",
        "items": [{"item_id": "I2", "code": "closed-period", "message": "Closed.", "open_amount": 800}],
        "employee": "e.maes",
        "recorded_at": NOW,
    }
    event: Event = read(MatchRejected, facts)
    return event


async def test_taking_postings_and_what_the_ledger_says(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        match_id = uuid5(NAMESPACE_OID, party_id)
        contradiction, early = posted("I1", 7, party_id=party_id), {"I9": (-5, 0, 1)}
        await owing(database, party_id)
        await take(
            database,
            contradiction,
            matched({"I1": (-250, 1000, 1)}, party_id=party_id, match_id=match_id),
            matched({"I1": (-900, 100, 2)}, party_id=party_id, match_id=match_id, method="write-off", reason="A920"),
            matched(early, party_id=party_id, match_id=match_id),
        )

    assert await die_everywhere(settings, Path(nothing, work, outcome)) > 5


@pytest.fixture
def confirmed(desk: Desk) -> Path:
    """A fixed set whose write-off was confirmed, and is being published."""

    async def prepare(database: Database, party_id: str) -> None:
        await owing(database, party_id)
        made = await desk.do("sets", {"criteria": f'party_id = "{party_id}"'}, key=f"make-{party_id}")
        await desk.do(f"sets/{made['set_id']}/fix", {"name": party_id}, key=f"fix-{party_id}")
        await desk.read(f"sets/{made['set_id']}/export", format="csv-nl-BE")
        batch = await desk.do(f"sets/{made['set_id']}/write-offs", key=f"ask-{party_id}")
        approved = {name: batch[name] for name in ("items", "totals", "fingerprint")}
        await desk.do(f"write-offs/{batch['batch_id']}/confirmation", approved, key=f"confirm-{party_id}")

    return Path(prepare, publish, outcome)


async def test_publishing_a_confirmed_write_off(settings: Settings, confirmed: Path) -> None:
    assert await die_everywhere(settings, confirmed) > 5
    assert await die_in_pairs(settings, confirmed) > 1


async def test_taking_the_answers_to_a_write_off(settings: Settings, confirmed: Path) -> None:
    async def prepare(database: Database, party_id: str) -> None:
        await confirmed.prepare(database, party_id)
        await publish(database, party_id)

    async def work(database: Database, party_id: str) -> None:
        (request,) = await requests(database, party_id)
        granted = written_off(request, match_id=uuid5(NAMESPACE_OID, party_id))
        await take(database, granted, refusal_of(party_id), summary(str(request.batch_id), 2, 2))

    assert await die_everywhere(settings, Path(prepare, work, outcome)) > 5
