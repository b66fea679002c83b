"""The write-off service dies at every await, from the request to the booking and the outcome."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from pydantic import BaseModel

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.validation import read_event
from chassis.database import Connection, Database
from chassis.http.idempotency import CommandAnswer, CommandIdentity, run_command
from chassis.jobs import JobWorker, NewJob, add_job
from chassis.settings import Settings
from contracts.event import Event
from contracts.writeoff import MatchRequested
from services.writeoff.app import SERVICE
from services.writeoff.consumers import handlers
from services.writeoff.domain.runs import WriteOffRun
from services.writeoff.operations.batches import complete_due
from services.writeoff.operations.reversals import ReversalWish, preview_reversal, take_back
from tests.databases import FreshDatabase
from tests.events import SENT_AT, record_of
from tests.faults.dying import Life, Path, die_everywhere, die_in_pairs, living
from tests.services.writeoff.causes import uncharged
from tests.services.writeoff.library import (
    ADMINISTRATION,
    TODAY,
    configured,
    granted,
    party,
    posted,
    rejected,
    requested,
    reversed_match,
)

OUTCOMES = {
    "asked": "SELECT count(*) FROM outbox WHERE topic = 'match-requested' AND split_part(key, ':', 2) = $1",
    "entries": "SELECT journal, employee, origin FROM entry WHERE party_id = $1 ORDER BY 1, 2, 3",
    "open": "SELECT item_id, open_amount FROM item WHERE party_id = $1 ORDER BY 1",
    "requests": "SELECT origin FROM request WHERE party_id = $1 ORDER BY 1",
    "lines": "SELECT gl_account, amount FROM entry_line WHERE party_id = $1 ORDER BY 1, 2",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1",
    "waiting": "SELECT topic FROM waiting_event WHERE split_part(key, ':', 2) = $1",
}


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    """All that the service holds of a party, and what it told of its batch."""
    found = {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}
    told = "SELECT count(*) FROM outbox WHERE topic = 'items-written-off' AND convert_from(body, 'UTF8') LIKE $1"
    return found | {"told": await database.pool.fetchval(told, f"%{batch_of(party_id)}%")}


class Taken(BaseModel):
    """The answer to a command."""

    request_id: UUID


OF_THE_OLD_SYSTEM: Sequence[tuple[str, int, str]] = (("O1", 300, "registration"), ("O2", 900, "contribution"))


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


async def queue(database: Database, run: WriteOffRun, party_id: str) -> None:
    """A run, made on account of a party."""
    job = NewJob(
        job_id=uuid5(NAMESPACE_OID, party_id),
        kind=run.kind,
        administration=ADMINISTRATION,
        employee="e.maes",
        parameters=asdict(run),
    )
    async with database.transaction() as connection:
        await add_job(connection, job)


async def run_jobs(database: Database, _party_id: str) -> None:
    worker = JobWorker(database, SERVICE.jobs)
    while await worker.advance_one():
        pass


async def written_off(database: Database, party_id: str) -> None:
    """A write-off was booked, and how taking it back looks was shown."""
    await having_asked(database, party_id)
    (question,) = await asked(database, party_id)
    await take(database, granted(question))
    async with database.transaction() as connection:
        await preview_reversal(connection, await reversal(database, party_id))


async def reversal(database: Database, party_id: str) -> ReversalWish:
    """That the write-off of a party is taken back."""
    first, *_ = await asked(database, party_id)
    return ReversalWish(
        administration=ADMINISTRATION,
        match_id=granted(first).match_id,
        date=TODAY,
        note="Paid after all",
        employee="b.two",
    )


async def take_it_back(database: Database, party_id: str) -> None:
    """The clerk's command, under its key, with the fingerprint that was shown."""
    wish = await reversal(database, party_id)
    shown = "SELECT fingerprint FROM preview WHERE content ->> 'party_id' = $1"
    fingerprint = await database.pool.fetchval(shown, party_id)

    async def operation(connection: Connection) -> CommandAnswer:
        return CommandAnswer(body=Taken(request_id=await take_back(connection, wish, fingerprint)))

    digest = sha256(party_id.encode()).digest()
    command = CommandIdentity(employee=wish.employee, route="POST /reversal", key=party_id, request_digest=digest)
    await run_command(database, command, operation)


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


async def test_writing_off_by_rule(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        late = posted("I3", 40, "fine", checkin_id="C1", party_id=party_id)
        await take(database, uncharged(party_id=party_id), late)

    assert await die_everywhere(settings, Path(owing, work, outcome)) > 5


async def test_running_a_months_end(settings: Settings) -> None:
    rules = [{"rule": "month-end-cancellation", "journal": "A910", "months": 4}]
    async with living(settings, Life()) as whole:
        await take(whole, configured(version=2, write_off_rules=rules))

    async def prepare(database: Database, party_id: str) -> None:
        half = {"period_start": "2026-05-01", "period_end": "2027-04-30", "subscription_id": f"S-{party_id}"}
        old = {"item_date": "2026-06-30", "status": "invoiced", "party_id": party_id}
        await take(database, party(party_id), posted("C1", 1200, "contribution", **half, **old))
        await queue(
            database, WriteOffRun(administration=ADMINISTRATION, kind="month-end", date=date(2026, 10, 31)), party_id
        )

    async with living(settings, Life()) as whole:
        await prepare(whole, "LOOK")
        await run_jobs(whole, "LOOK")
        assert (await outcome(whole, "LOOK"))["asked"] == [(2,)], "the months gone by, and those still valid"
    assert await die_everywhere(settings, Path(prepare, run_jobs, outcome)) > 5


async def test_writing_off_at_a_conversion(settings: Settings) -> None:
    async def prepare(database: Database, party_id: str) -> None:
        costs, contribution = (posted(*what, party_id=party_id, journal="V99") for what in OF_THE_OLD_SYSTEM)
        await take(database, party(party_id), costs, contribution, posted("NEW", 400, party_id=party_id))
        await queue(
            database,
            WriteOffRun(administration=ADMINISTRATION, kind="conversion", date=TODAY, journals=("V99",)),
            party_id,
        )

    async with living(settings, Life()) as whole:
        await prepare(whole, "LOOK")
        await run_jobs(whole, "LOOK")
        assert sorted(event.journal for event in await asked(whole, "LOOK")) == ["A915", "A929"]
    assert await die_everywhere(settings, Path(prepare, run_jobs, outcome)) > 5


async def test_asking_to_take_a_write_off_back(settings: Settings) -> None:
    path = Path(written_off, take_it_back, outcome)

    assert await die_everywhere(settings, path) > 5
    assert await die_in_pairs(settings, path) > 1


async def test_booking_that_a_write_off_was_taken_back(settings: Settings) -> None:
    async def prepare(database: Database, party_id: str) -> None:
        await written_off(database, party_id)
        await take_it_back(database, party_id)

    async def work(database: Database, party_id: str) -> None:
        first, second = await asked(database, party_id)
        await take(database, reversed_match(granted(first), second.request_id))

    path = Path(prepare, work, outcome)

    assert await die_everywhere(settings, path) > 5
    assert await die_in_pairs(settings, path) > 1


async def test_telling_of_what_the_ledger_refused(settings: Settings) -> None:
    async def work(database: Database, party_id: str) -> None:
        (question,) = await asked(database, party_id)
        await take(database, rejected(question))
        await complete(database)

    assert await die_everywhere(settings, Path(having_asked, work, outcome)) > 5
