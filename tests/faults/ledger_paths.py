"""What the ledger does, as paths that can be walked await by await."""

import json
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.validation import read_event
from chassis.consuming.waiting_retry import Sweeper
from chassis.database import Database
from chassis.jobs import JobWorker
from chassis.settings import Settings
from contracts.event import Event
from services.matching.app import SERVICE
from services.matching.domain.forms import RevaluationForm, RunUndoForm, SelectionForm, SmallBalanceForm
from services.matching.domain.ledger import ProposalKey
from services.matching.domain.marking import MarkScope
from services.matching.operations.audit import audit
from services.matching.operations.executing import queue_execution
from services.matching.operations.proposals import find_proposal, mark, queue_proposal
from services.matching.operations.revaluing import queue_revaluation
from services.matching.operations.run_steps import NewRun
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.small_balances import queue_small_balances
from services.matching.operations.undoing import queue_undo
from tests.events import SENT_AT, record_of
from tests.faults.dying import Life, Path, living
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
    "proposed": "SELECT item_id, group_number, open_amount, marked_by, outcome FROM proposal_item"
    " WHERE party_id = $1 ORDER BY item_id",
    "told": "SELECT topic, count(*) FROM outbox WHERE split_part(key, ':', 2) = $1 GROUP BY 1 ORDER BY 1",
    "waiting": "SELECT topic FROM waiting_event WHERE split_part(key, ':', 2) = $1 ORDER BY digest",
    "dead": "SELECT code FROM dead_letter WHERE split_part(key, ':', 2) = $1 ORDER BY digest",
}


async def outcome(database: Database, party_id: str) -> dict[str, Any]:
    """All that the ledger holds of a party."""
    return {name: [tuple(row) for row in await database.pool.fetch(sql, party_id)] for name, sql in OUTCOMES.items()}


def dispatcher(database: Database) -> Dispatcher:
    """What the service applies events with."""
    return Dispatcher(database, SERVICE.handlers, "matching", SERVICE.prepare)


async def take(database: Database, *events: Event) -> None:
    """Apply events as one batch."""
    await dispatcher(database).apply([read_event(record_of(event)) for event in events])


async def configure(settings: Settings) -> None:
    """An administration, so that there are journals and periods."""
    async with living(settings, Life()) as whole:
        await take(whole, configured())


async def violations(settings: Settings) -> list[str]:
    """What the ledger's audit finds, which must have looked at something."""
    async with living(settings, Life()) as whole, whole.snapshot() as connection:
        found = await audit(connection, ADMINISTRATION)
    assert found.checked["items"] > 0
    return [violation.invariant for violation in found.violations]


def owed(party_id: str) -> tuple[Event, ...]:
    """Two charges and one payment."""
    amounts = {"I1": 1000, "I2": 500, "I3": -700}
    return tuple(posted(name, amount, party_id=party_id) for name, amount in amounts.items())


def asked(party_id: str) -> tuple[Event, ...]:
    """A write-off that is granted, one that is refused, and one of an item that is not there yet."""
    wishes: dict[str, dict[str, int]] = {"granted": {"I1": 1000}, "refused": {"I2": 400}, "early": {"I9": 100}}
    return tuple(
        requested(amounts, party_id=party_id, request_id=uuid5(NAMESPACE_OID, f"{party_id}-{name}"))
        for name, amounts in wishes.items()
    )


def run_of(name: str) -> NewRun:
    """A run that has the same id in each life."""
    return NewRun(ADMINISTRATION, uuid5(NAMESPACE_OID, name), EMPLOYEE)


async def _nothing(_database: Database, _party_id: str) -> None:
    """Nothing is there before."""


async def _owing(database: Database, party_id: str) -> None:
    await take(database, *owed(party_id))


async def _take_postings(database: Database, party_id: str) -> None:
    contradictory, state = posted("I1", 999, party_id=party_id), changed("I2", 3, party_id=party_id, blocked=True)
    await take(database, party(party_id), *owed(party_id), state, contradictory)


async def _answer(database: Database, party_id: str) -> None:
    await take(database, *asked(party_id))


async def _waiting(database: Database, party_id: str) -> None:
    await take(database, *asked(party_id))
    await take(database, *owed(party_id), posted("I9", 100, party_id=party_id))


async def _sweep(database: Database, _party_id: str) -> None:
    await database.pool.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
    await Sweeper(dispatcher(database), 86_400).sweep(SENT_AT)


async def _queued_settlement(database: Database, party_id: str) -> None:
    await _owing(database, party_id)
    form = settlement(criteria={"party_ids": [party_id]})
    async with database.transaction() as connection:
        await queue_settlement(connection, run_of(party_id), form)


async def _queued_undo(database: Database, party_id: str) -> None:
    await _queued_settlement(database, party_id)
    await _run_jobs(database, party_id)
    async with database.transaction() as connection:
        await queue_undo(connection, run_of(f"{party_id}-undo"), run_of(party_id).run_id, RunUndoForm(date=TODAY))


async def _queued_proposal(database: Database, party_id: str) -> None:
    await _owing(database, party_id)
    await take(database, posted("I4", -500, party_id=party_id))
    selection = {"criteria": {"party_ids": [party_id]}, "booking": {"date": str(TODAY), "journal": "M90"}}
    form = SelectionForm.model_validate_json(json.dumps(selection | {"method": "opposite-items"}))
    async with database.transaction() as connection:
        await queue_proposal(connection, run_of(party_id), form, await database.now() + timedelta(hours=1))


async def _queued_execution(database: Database, party_id: str) -> None:
    await _queued_proposal(database, party_id)
    await _run_jobs(database, party_id)
    key = ProposalKey(ADMINISTRATION, run_of(party_id).run_id)
    async with database.transaction() as connection:
        await mark(connection, key, EMPLOYEE, MarkScope(), marked=True)
        approved = (await find_proposal(connection, key)).fingerprint
        execution = run_of(f"{party_id}-execution")
        await queue_execution(connection, execution, key.proposal_id, approved, await database.now())


async def _queued_small_balances(database: Database, party_id: str) -> None:
    await _owing(database, party_id)
    criteria = {"criteria": {"party_ids": [party_id]}, "booking": {"date": str(TODAY), "journal": "M90"}}
    form = SmallBalanceForm.model_validate_json(
        json.dumps(criteria | {"limit": 800, "write_off_journal": "A920", "open_share_percent": 100})
    )
    async with database.transaction() as connection:
        await queue_small_balances(connection, run_of(party_id), form)


async def _queued_revaluation(database: Database, party_id: str) -> None:
    await take(database, posted("U1", 10_000, party_id=party_id, currency="USD", base_amount=9_000))
    booking = {"booking": {"date": "2026-10-31", "journal": "M91"}}
    form = RevaluationForm.model_validate_json(json.dumps(booking | {"rates": {"USD": "0.95"}}))
    async with database.transaction() as connection:
        await queue_revaluation(connection, run_of(party_id), form)


async def _valued(database: Database, party_id: str) -> dict[str, Any]:
    """What the run of a party booked on it; the runs of other parties value it too."""
    query = "SELECT booked_on, currency, difference FROM revaluation WHERE party_id = $1 AND run_id = $2 ORDER BY 1"
    rows = await database.pool.fetch(query, party_id, uuid5(NAMESPACE_OID, party_id))
    return await outcome(database, party_id) | {"valued": [tuple(row) for row in rows]}


async def _run_jobs(database: Database, _party_id: str) -> None:
    worker = JobWorker(database, SERVICE.jobs, SERVICE.ended_early)
    while await worker.advance_one():
        pass


TAKING = Path(_nothing, _take_postings, outcome)
"""Postings, one of them contradictory, and a change."""
ANSWERING = Path(_owing, _answer, outcome)
"""Match requests: granted, refused, waiting."""
TRYING_AGAIN = Path(_waiting, _sweep, outcome)
"""What waited, when its item has come."""
SETTLING = Path(_queued_settlement, _run_jobs, outcome)
"""A run of oldest first."""
UNDOING = Path(_queued_undo, _run_jobs, outcome)
"""The undo of a run."""
PROPOSING = Path(_queued_proposal, _run_jobs, outcome)
"""Matches are proposed, and their items held."""
EXECUTING = Path(_queued_execution, _run_jobs, outcome)
"""What was marked of a proposal is matched."""
CLEARING = Path(_queued_small_balances, _run_jobs, outcome)
"""A small balance is written off."""
VALUING = Path(_queued_revaluation, _run_jobs, _valued)
"""What is open in another currency is valued, and taken back the day after."""
