"""The ledger's process dies at every await of what it does: nothing is lost, nothing is doubled."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_event
from chassis.consuming.sweeper import Sweeper
from chassis.database import Database
from chassis.jobs import JobWorker
from chassis.settings import Settings
from contracts.event import Event
from services.matching.app import SERVICE
from services.matching.domain.forms import UndoForm
from services.matching.operations.reading import audit
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.undoing import queue_undo
from tests.databases import FreshDatabase
from tests.events import SENT_AT, record_of
from tests.faults.dying import Life, Path, die_everywhere, die_in_pairs, living
from tests.services.matching.library import (
    ADMINISTRATION,
    EMPLOYEE,
    TODAY,
    changed,
    configured,
    party,
    posted,
    requested,
    settlement,
)

OUTCOMES = {
    "open": "SELECT item_id, open_amount FROM open_item WHERE party_id = $1 ORDER BY item_id",
    "items": "SELECT item_id, amount FROM item WHERE party_id = $1 ORDER BY item_id",
    "states": "SELECT item_id, version, blocked FROM item_state WHERE party_id = $1 ORDER BY item_id",
    "matches": "SELECT method, item_ids, amounts FROM match WHERE party_id = $1 ORDER BY sequence",
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "waiting": "SELECT topic FROM waiting_event WHERE party_id = $1 ORDER BY digest",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1 ORDER BY digest",
}


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    """All that the ledger holds of a party."""
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}


async def take(database: Database, *events: Event) -> None:
    """Apply events as one batch."""
    await Dispatcher(database, SERVICE.handlers, "matching").apply([read_event(record_of(event)) for event in events])


async def run_jobs(database: Database) -> None:
    """Advance all runs to their ends."""
    worker = JobWorker(database, SERVICE.jobs)
    while await worker.advance_one():
        pass


def owed(party_id: str) -> tuple[Event, ...]:
    """Two charges and one payment."""
    amounts = {"I1": 1000, "I2": 500, "I3": -700}
    return tuple(posted(name, amount, party_id=party_id) for name, amount in amounts.items())


@pytest.fixture
async def settings(database: FreshDatabase) -> Settings:
    """Those of the ledger, with a configured administration."""
    found = database.settings("matching")
    async with living(found, Life()) as whole:
        await take(whole, configured())
    return found


async def nothing(_database: Database, _party_id: str) -> None:
    """Nothing is there before."""


async def owing(database: Database, party_id: str) -> None:
    await take(database, *owed(party_id))


async def assert_books_are_right(settings: Settings) -> None:
    async with living(settings, Life()) as whole, whole.snapshot() as connection:
        found = await audit(connection, ADMINISTRATION)
    assert found.violations == ()
    assert found.checked["items"] > 0


async def test_taking_postings_and_changes(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        contradictory = posted("I1", 999, party_id=party_id)
        state = changed("I2", 3, party_id=party_id, blocked=True)
        await take(database, party(party_id), *owed(party_id), state, contradictory)

    awaits = await die_everywhere(settings, Path(nothing, work, outcome))

    assert awaits > 5
    await assert_books_are_right(settings)


def asked(party_id: str) -> tuple[Event, ...]:
    """A write-off that is granted, one that is refused, and one of an item that is not there yet."""
    wishes: dict[str, dict[str, int]] = {"granted": {"I1": 1000}, "refused": {"I2": 400}, "early": {"I9": 100}}
    return tuple(
        requested(amounts, party_id=party_id, request_id=uuid5(NAMESPACE_OID, f"{party_id}-{name}"))
        for name, amounts in wishes.items()
    )


async def test_answering_requests(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        await take(database, *asked(party_id))

    path = Path(owing, work, outcome)

    assert await die_everywhere(settings, path) > 5
    assert await die_in_pairs(settings, path) > 1
    await assert_books_are_right(settings)


async def test_trying_again_what_waited(settings: Settings) -> None:
    async def wait(database: Database, party_id: str) -> None:
        await take(database, *asked(party_id))
        await take(database, *owed(party_id), posted("I9", 100, party_id=party_id))

    async def work(database: Database, party_id: str) -> None:
        del party_id
        await database.pool.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await Sweeper(Dispatcher(database, SERVICE.handlers, "matching"), 86_400).sweep(SENT_AT)

    assert await die_everywhere(settings, Path(wait, work, outcome)) > 5
    await assert_books_are_right(settings)


async def test_settling_oldest_first(settings: Settings) -> None:
    async def queue(database: Database, party_id: str) -> None:
        await owing(database, party_id)
        form = settlement(criteria={"party_ids": [party_id]})
        async with database.transaction() as connection:
            await queue_settlement(connection, ADMINISTRATION, uuid5(NAMESPACE_OID, party_id), form, EMPLOYEE)

    async def work(database: Database, party_id: str) -> None:
        del party_id
        await run_jobs(database)

    path = Path(queue, work, outcome)

    assert await die_everywhere(settings, path) > 5
    assert await die_in_pairs(settings, path) > 1
    await assert_books_are_right(settings)


async def test_undoing_a_run(settings: Settings) -> None:
    async def queue(database: Database, party_id: str) -> None:
        await owing(database, party_id)
        run_id, undo_id = (uuid5(NAMESPACE_OID, f"{party_id}-{name}") for name in ("run", "undo"))
        form = settlement(criteria={"party_ids": [party_id]})
        async with database.transaction() as connection:
            await queue_settlement(connection, ADMINISTRATION, run_id, form, EMPLOYEE)
        await run_jobs(database)
        async with database.transaction() as connection:
            await queue_undo(connection, ADMINISTRATION, run_id, undo_id, (UndoForm(date=TODAY), EMPLOYEE))

    async def work(database: Database, party_id: str) -> None:
        del party_id
        await run_jobs(database)

    assert await die_everywhere(settings, Path(queue, work, outcome)) > 5
    await assert_books_are_right(settings)
