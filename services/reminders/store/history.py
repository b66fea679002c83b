"""What was sent to whom, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.reminders.domain.members import Named
from services.reminders.store import QUERIES

AGE_BOUNDS = (1, 31, 61, 91, 181, 366)
"""Days since an item was due, from which a class of the age report begins."""


class RunReminderKey(NamedTuple):
    """The order of a run's reminders."""

    party_id: str
    level: int


@dataclass(frozen=True, slots=True)
class EffectPeriod:
    """Reminders from one day to another, both included, and for how many days after each it is asked what it did."""

    since: date
    until: date
    days: int


class Newest(NamedTuple):
    """The order of reminders: newest first."""

    issued_at: datetime
    reminder_id: UUID


async def get_document(connection: Connection, administration: str, document_id: str) -> asyncpg.Record:
    """What a document is; NotFound when there is none."""
    row = await connection.fetchrow(load_queries(QUERIES).get_document, administration, document_id)
    if row is None:
        raise NotFound(
            "unknown-document",
            "There is no document {document_id}.",
            document_id=document_id,
            field="document_id",
            remedy="See the letters of the run, or the debtor's reminders.",
        )
    return row


async def get_debtor_state(connection: Connection, administration: str, party_id: str) -> asyncpg.Record:
    """A debtor's last-reminder date and level; NotFound when the party is unknown."""
    row = await connection.fetchrow(load_queries(QUERIES).debtor_state, administration, party_id)
    if row is None:
        raise NotFound(
            "unknown-party",
            "No party {party_id} is known.",
            party_id=party_id,
            field="party_id",
            remedy="Check the id; a party is known once its system told its master data.",
        )
    return row


async def list_reminders(
    connection: Connection,
    administration: str,
    named: Named,
    before: Newest | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Reminders of a debtor, or those that name one of its items, newest first."""
    return await connection.fetch(
        load_queries(QUERIES).list_reminders,
        administration,
        named.party_id,
        named.item_id,
        *(before or (None, None)),
        limit,
    )


async def list_run_reminders(
    connection: Connection, administration: str, run_id: UUID, after: RunReminderKey, limit: int
) -> list[asyncpg.Record]:
    """Reminders of a run by debtor and level."""
    return await connection.fetch(
        load_queries(QUERIES).list_run_reminders, administration, run_id, after.party_id, after.level, limit
    )


async def report_levels(connection: Connection, administration: str) -> list[asyncpg.Record]:
    """What is open by the level that it reached."""
    return await connection.fetch(load_queries(QUERIES).report_levels, administration)


async def report_ages(connection: Connection, administration: str, day: date) -> list[asyncpg.Record]:
    """What is open by the days since it was due."""
    return await connection.fetch(load_queries(QUERIES).report_ages, administration, day, list(AGE_BOUNDS))


async def report_effect(connection: Connection, administration: str, period: EffectPeriod) -> list[asyncpg.Record]:
    """What was paid within some days of the reminders of a period, by level."""
    return await connection.fetch(
        load_queries(QUERIES).report_effect, administration, period.since, period.until, period.days
    )
