"""A period is sealed: everything in it is booked and linked, and nothing of it ever changes again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.queries import load_queries
from chassis.sentences import Sentence, joined
from services.writeoff.domain.books import Books
from services.writeoff.operations.manual import current_books
from services.writeoff.store.requests import QUERIES

PROBLEMS_TOLD = 20


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """One fiscal period of an administration."""

    administration: str
    year: int
    period: int

    @property
    def arguments(self) -> tuple[str, int, int]:
        """As the queries take it."""
        return (self.administration, self.year, self.period)


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """What is in a period, and what keeps it from being sealed; the digest stands for its entries."""

    entries: int
    digest: str
    totals: list[dict[str, object]]
    problems: list[Sentence]


async def check_period(connection: Connection, key: PeriodKey, events_behind: int) -> PeriodCheck:
    """Whether the period may be sealed; `events_behind` are events that the service has not applied yet."""
    queries = load_queries(QUERIES)
    books = await current_books(connection, key.administration)
    facts = await connection.fetchrow(queries.period_facts, *key.arguments)
    assert facts is not None, "an aggregate always has its row"
    totals = await connection.fetch(queries.period_totals, *key.arguments)
    problems = _of_configuration(books, key)
    unanswered = await connection.fetchval(queries.unanswered_in_period, *key.arguments)
    if unanswered:
        problems.append(Sentence("{count} requests in it are not answered by the ledger yet", count=unanswered))
    waiting = await connection.fetchval(queries.waiting_bookings, key.administration)
    if waiting:
        problems.append(Sentence("{count} answers of the ledger wait for what they refer to", count=waiting))
    if events_behind:
        problems.append(Sentence("{count} events are not applied yet", count=events_behind))
    for row in await connection.fetch(queries.unlinked_in_period, *key.arguments):
        problems.append(
            Sentence("journal {code} has no general-ledger account for {side}", code=row["journal"], side=row["side"])
        )
    return PeriodCheck(facts["entries"], facts["digest"], [dict(row) for row in totals], problems[:PROBLEMS_TOLD])


def _of_configuration(books: Books, key: PeriodKey) -> list[Sentence]:
    for period in books.configuration.fiscal_periods:
        if (period.year, period.period) == (key.year, key.period):
            is_open = Sentence("it is open in the administration's configuration: close it there first")
            return [is_open] if period.open else []
    raise NotFound("no-period", "No period {key.year}/{key.period} is configured.", key=key, field="period")


async def seal_period(
    connection: Connection, key: PeriodKey, employee: str, *, digest: str, events_behind: int
) -> datetime:
    """Seal a period whose check found nothing; raises Refused with the problems, Conflict when it changed."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.claim_books, key.administration)
    check = await check_period(connection, key, events_behind)
    if check.problems:
        raise Refused(
            "period-not-complete",
            "Period {key.year}/{key.period} cannot be sealed: {problems}.",
            key=key,
            problems=joined(check.problems, "; "),
            field="period",
            remedy="See to these first.",
        )
    if check.digest != digest:
        raise Conflict(
            "changed-since-preview",
            "The period has {check.entries} entries now, and not those that were shown.",
            check=check,
            field="fingerprint",
            remedy="Look at the check again.",
        )
    totals = json.dumps(check.totals)
    sealed_at: datetime | None = await connection.fetchval(
        queries.seal_period, *key.arguments, check.entries, totals, check.digest, employee
    )
    if sealed_at is None:
        raise Conflict("already-sealed", "Period {key.year}/{key.period} was sealed before.", key=key, field="period")
    return sealed_at
