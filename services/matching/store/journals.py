"""What the items on journals add up to, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.store import QUERIES


class JournalDay(NamedTuple):
    """Where a list of journals' days goes on."""

    journal: str
    day: date
    currency: str


FIRST_JOURNAL_DAY = JournalDay("", date.min, "")


@dataclass(frozen=True, slots=True)
class JournalDays:
    """Days, both included, of journals of an administration."""

    administration: str
    journals: Sequence[str]
    first: date
    last: date


async def sum_journal_days(
    connection: Connection, which: JournalDays, after: JournalDay, limit: int
) -> list[asyncpg.Record]:
    """What each of the journals gained a day by the items on it, in the order of JournalDay."""
    return await connection.fetch(
        load_queries(QUERIES).journal_movements,
        which.administration,
        which.journals,
        which.first,
        which.last,
        *after,
        limit,
    )
