"""The write-off service dies at every await, from the request to the booking and the outcome."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_event
from chassis.database import Database
from chassis.settings import Settings
from contracts.event import Event
from contracts.writeoff import MatchRequested
from services.writeoff.batches import complete_due
from services.writeoff.consumers import handlers
from tests.databases import FreshDatabase
from tests.events import SENT_AT, record_of
from tests.faults.dying import Life, Path, die_everywhere, die_in_pairs, living
from tests.services.writeoff.library import configured, granted, party, posted, rejected, requested

OUTCOMES = {
    "asked": "SELECT count(*) FROM outbox WHERE topic = 'match-requested' AND split_part(key, ':', 2) = $1",
    "entries": "SELECT journal, employee FROM entry WHERE party_id = $1 ORDER BY 1",
    "lines": "SELECT gl_account, amount FROM entry_line WHERE party_id = $1 ORDER BY 1, 2",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1",
    "waiting": "SELECT topic FROM waiting_event WHERE party_id = $1",
}


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    """All that the service holds of a party, and what it told of its batch."""
    found = {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}
    told = "SELECT count(*) FROM outbox WHERE topic = 'items-written-off' AND convert_from(body, 'UTF8') LIKE $1"
    return found | {"told": await database.pool.fetchval(told, f"%{batch_of(party_id)}%")}


def batch_of(party_id: str) -> Any:
    return uuid5(NAMESPACE_OID, f"{party_id}-batch")


async def take(database: Database, *events: Event) -> None:
    await Dispatcher(database, handlers(), "writeoff").apply([read_event(record_of(event)) for event in events])


async def asked(database: Database, party_id: str) -> Sequence[MatchRequested]:
    """What the service asked the ledger for."""
    rows = await database.pool.fetch(
        "SELECT body FROM outbox WHERE topic = 'match-requested' AND split_part(key, ':', 2) = $1 ORDER BY id", party_id
    )
    return [MatchRequested.model_validate_json(row["body"]) for row in rows]


def wish(party_id: str) -> Event:
    """An approved write-off of two items, alone in its batch."""
    request_id = uuid5(NAMESPACE_OID, f"{party_id}-request")
    return requested({"I1": 1250, "I2": 300}, party_id=party_id, request_id=request_id, batch_id=batch_of(party_id))


@pytest.fixture
async def settings(database: FreshDatabase) -> Settings:
    found = database.settings("writeoff")
    async with living(found, Life()) as whole:
        await take(whole, configured())
    return found


async def owing(database: Database, party_id: str) -> None:
    items = [posted("I1", 1250, party_id=party_id), posted("I2", 300, "registration", party_id=party_id)]
    await take(database, party(party_id, branch="Zuid"), *items)


async def having_asked(database: Database, party_id: str) -> None:
    await owing(database, party_id)
    await take(database, wish(party_id))


async def complete(database: Database) -> None:
    async with database.transaction() as connection:
        await complete_due(connection, SENT_AT)


async def test_asking_the_ledger(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        await take(database, wish(party_id))

    assert await die_everywhere(settings, Path(owing, work, outcome)) > 5


async def test_booking_what_the_ledger_granted(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        (question,) = await asked(database, party_id)
        await take(database, granted(question))
        await complete(database)

    path = Path(having_asked, work, outcome)

    assert await die_everywhere(settings, path) > 5
    assert await die_in_pairs(settings, path) > 1


async def test_telling_of_what_the_ledger_refused(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        (question,) = await asked(database, party_id)
        await take(database, rejected(question))
        await complete(database)

    assert await die_everywhere(settings, Path(having_asked, work, outcome)) > 5
