"""A period is sealed: everything in it is booked and linked, and nothing of it ever changes again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.fingerprints import names
from chassis.sentences import Sentence, joined
from services.writeoff.domain.books import Books
from services.writeoff.operations.books import current_books
from services.writeoff.store import periods as store
from services.writeoff.store.books import claim_books
from services.writeoff.store.periods import PeriodKey, PeriodSeal

PROBLEMS_TOLD = 20


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """What is in a period, and what keeps it from being sealed; the digest stands for its entries."""

    entries: int
    digest: str
    totals: list[dict[str, Any]]
    problems: list[Sentence]


async def check_period(connection: Connection, key: PeriodKey, events_behind: int) -> PeriodCheck:
    """Whether the period may be sealed; `events_behind` are events that the service has not applied yet."""
    books = await current_books(connection, key.administration)
    entries, digest = await store.period_facts(connection, key)
    totals = await store.period_totals(connection, key)
    problems = _of_configuration(books, key)
    unanswered = await store.unanswered_in_period(connection, key)
    if unanswered:
        problems.append(Sentence("{count} requests in it are not answered by the ledger yet", count=unanswered))
    waiting = await store.waiting_bookings(connection, key.administration)
    if waiting:
        problems.append(Sentence("{count} answers of the ledger wait for what they refer to", count=waiting))
    if events_behind:
        problems.append(Sentence("{count} events are not applied yet", count=events_behind))
    for row in await store.unlinked_in_period(connection, key):
        problems.append(
            Sentence("journal {code} has no general-ledger account for {side}", code=row["journal"], side=row["side"])
        )
    return PeriodCheck(entries, digest, totals, problems[:PROBLEMS_TOLD])


def _of_configuration(books: Books, key: PeriodKey) -> list[Sentence]:
    for period in books.configuration.fiscal_periods:
        if (period.year, period.period) == (key.year, key.period):
            is_open = Sentence("it is open in the administration's configuration: close it there first")
            return [is_open] if period.open else []
    raise NotFound(
        "no-period",
        "No period {key.year}/{key.period} is configured.",
        key=key,
        field="period",
        remedy="See the list of periods.",
    )


async def seal_period(
    connection: Connection, key: PeriodKey, employee: str, *, digest: str, events_behind: int
) -> datetime:
    """Seal a period whose check found nothing; raises Refused with the problems, Conflict when it changed."""
    # Nobody books in the period from here on, so that what is checked is what is sealed.
    await claim_books(connection, key.administration)
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
    if not names(digest, check.digest):
        raise Conflict(
            "changed-since-preview",
            "The period has {check.entries} entries now, and not those that were shown.",
            check=check,
            field="fingerprint",
            remedy="Look at the check again.",
        )
    seal = PeriodSeal(check.entries, check.totals, check.digest, employee)
    sealed_at = await store.seal_period(connection, key, seal)
    if sealed_at is None:
        raise Conflict(
            "already-sealed",
            "Period {key.year}/{key.period} was sealed before.",
            key=key,
            field="period",
            remedy="Nothing is left to do: see the list of periods.",
        )
    return sealed_at


async def check_links(connection: Connection, key: PeriodKey) -> None:
    """Refuse the export of a period while a side of its entries has no general-ledger account."""
    rows = await store.unlinked_in_period(connection, key)
    if rows:
        named = ", ".join(f"{row['journal']} ({row['side']})" for row in rows)
        raise Refused(
            "account-not-linked",
            "No general-ledger account is linked for: {named}.",
            named=named,
            field="gl_links",
            remedy="Link write_offs and debtors in the administration's configuration, or an account at the journal.",
        )
