"""Open items per customer, by days overdue, and in totals: a page, or every row of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

import asyncpg

from chassis.database import Connection, Database
from chassis.queries import load_queries
from services.selection.domain.report_rows import Grouping
from services.selection.store import QUERIES
from services.selection.store.exports import BATCH_ROWS


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """A report as it is asked: which one, and its arguments after the administration."""

    name: Literal["report_customers", "report_ageing", "report_totals"]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class OwingCustomers:
    """Which accounts a report shows: those that owe at least so much on a day, in one currency (None: in any).

    `party_kind` None means debtors and creditors.
    """

    today: date
    minimum: int
    currency: str | None
    party_kind: str | None


class CustomerPlace(NamedTuple):
    """The order of customers' accounts."""

    party_id: str
    currency: str


async def page_of_customers(
    connection: Connection, administration: str, owing: OwingCustomers, after: CustomerPlace, limit: int
) -> list[asyncpg.Record]:
    """Accounts after a place, with what is open on them."""
    keys = (administration, owing.today, owing.minimum, owing.currency, owing.party_kind)
    return await connection.fetch(load_queries(QUERIES).page_of_customers, *keys, *after, limit)


async def ageing_rows(
    connection: Connection, administration: str, today: date, party_kind: str | None
) -> list[asyncpg.Record]:
    """Open amounts by days overdue, per currency; of debtors, of creditors, or (None) of both."""
    per_party = False
    return await connection.fetch(load_queries(QUERIES).report_ageing, administration, today, per_party, party_kind)


async def totals_rows(
    connection: Connection, administration: str, by: Grouping, party_kind: str | None
) -> list[asyncpg.Record]:
    """Open amounts by what they are grouped by, per currency; of debtors, of creditors, or (None) of both."""
    return await connection.fetch(load_queries(QUERIES).report_totals, administration, by, party_kind)


def customers_query(owing: OwingCustomers) -> ReportQuery:
    """All accounts that owe so much."""
    return ReportQuery("report_customers", (owing.today, owing.minimum, owing.currency, owing.party_kind))


def ageing_query(today: date, party_kind: str | None, *, per_party: bool) -> ReportQuery:
    """Open amounts by days overdue, in all or per customer."""
    return ReportQuery("report_ageing", (today, per_party, party_kind))


def totals_query(by: Grouping, party_kind: str | None) -> ReportQuery:
    """Open amounts by what they are grouped by."""
    return ReportQuery("report_totals", (by, party_kind))


async def report_rows(database: Database, administration: str, query: ReportQuery) -> AsyncGenerator[asyncpg.Record]:
    """Every row of a report, however long its reader takes."""
    queries = load_queries(QUERIES)
    async with database.snapshot() as connection:
        await connection.execute(queries.take_all_the_time)
        cursor = await connection.cursor(queries[query.name], administration, *query.arguments)
        while rows := await cursor.fetch(BATCH_ROWS):
            for row in rows:
                yield row
