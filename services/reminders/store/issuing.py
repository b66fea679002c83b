"""A run being issued: its next debtors, their items as they stand now, and everything that a chunk writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Connection
from chassis.queries import load_queries
from services.reminders.domain.members import Debtor, DebtorItem, Member
from services.reminders.domain.rules import Rules
from services.reminders.store import QUERIES
from services.reminders.store.runs import Json, ReminderRun

REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class MemberOutcome:
    """What came of an item of a run: reminded, or the code and sentence of why it was dropped."""

    party_id: str
    item_id: str
    code: str
    message: str | None = None
    reminder_id: UUID | None = None


async def next_parties(connection: Connection, run: ReminderRun, after: str, count: int) -> list[str]:
    """The run's next debtors that nothing was decided on yet."""
    rows = await connection.fetch(load_queries(QUERIES).next_run_parties, run.administration, run.run_id, after, count)
    return [row["party_id"] for row in rows]


async def count_parties(connection: Connection, run: ReminderRun) -> int:
    """Debtors that nothing was decided on yet."""
    found: int = await connection.fetchval(load_queries(QUERIES).count_run_parties, run.administration, run.run_id)
    return found


async def lock_members(connection: Connection, run: ReminderRun, parties: Sequence[str]) -> None:
    """Lock the debtors, then their items in the run, so that nothing changes between the check and the commit."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.lock_run_parties, run.administration, parties)
    await connection.execute(queries.lock_run_items, run.administration, run.run_id, parties)


async def get_members(connection: Connection, run: ReminderRun, parties: Sequence[str]) -> list[DebtorItem]:
    """The debtors' items in the run that nothing was decided on yet."""
    rows = await connection.fetch(load_queries(QUERIES).run_members, run.administration, run.run_id, parties)
    return [DebtorItem(row["party_id"], row["item_id"]) for row in rows]


async def recheck_items(connection: Connection, run: ReminderRun, parties: Sequence[str], rules: Rules) -> list[Member]:
    """The members of some debtors as they stand now, by debtor, due date and voucher."""
    rows = await connection.fetch(
        load_queries(QUERIES).recheck_items, run.administration, run.run_id, parties, json.dumps(rules)
    )
    return [Member(**row) for row in rows]


async def get_debtors(connection: Connection, administration: str, parties: Sequence[str]) -> dict[str, Debtor]:
    """The debtors by id; one whose master data never came is not there."""
    rows = await connection.fetch(load_queries(QUERIES).run_debtors, administration, parties)
    return {row["party_id"]: Debtor(**row) for row in rows}


async def record_outcomes(connection: Connection, run: ReminderRun, outcomes: Sequence[MemberOutcome]) -> None:
    """Say of each item what came of it."""
    await connection.execute(
        load_queries(QUERIES).record_outcomes,
        run.administration,
        run.run_id,
        [outcome.party_id for outcome in outcomes],
        [outcome.item_id for outcome in outcomes],
        [outcome.code for outcome in outcomes],
        [outcome.message for outcome in outcomes],
        [outcome.reminder_id for outcome in outcomes],
    )


async def insert_reminders(
    connection: Connection, documents: list[Json], reminders: list[Json], items: list[Json]
) -> None:
    """Keep what was sent to whom: the documents, the reminders, the items on them."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.insert_documents, json.dumps(documents))
    await connection.execute(queries.insert_reminders, json.dumps(reminders))
    await connection.execute(queries.insert_reminder_items, json.dumps(items))


@dataclass(frozen=True, slots=True)
class LevelReached:
    """The level that a debtor was reminded at, and on which day."""

    party_id: str
    reminded_on: date
    level: int


async def move_parties(connection: Connection, administration: str, reached: Sequence[LevelReached]) -> None:
    """Move debtors' last-reminder date and level forward; each debtor is named once."""
    await connection.execute(
        load_queries(QUERIES).move_parties,
        administration,
        [one.party_id for one in reached],
        [one.reminded_on for one in reached],
        [one.level for one in reached],
    )


async def taken_references(connection: Connection, administration: str, references: Sequence[str]) -> set[str]:
    """Those of the references that another reminder has already."""
    rows = await connection.fetch(load_queries(QUERIES).taken_references, administration, references)
    return {row["reference"] for row in rows}
