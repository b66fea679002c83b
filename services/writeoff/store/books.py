"""Administrations' journals and periods, as they are configured and sealed, and the lock that keeps them so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.operators import AdministrationConfigured
from services.writeoff.domain.books import Books
from services.writeoff.store import QUERIES

BOOKS_KEPT = 64
PLANNER_SETTINGS = 5
"""How many settings of the planner hold while keys are looked up."""


async def share_books(connection: Connection, administrations: Iterable[str]) -> None:
    """Keep periods from being sealed until this transaction ends."""
    await connection.execute(load_queries(QUERIES).share_books, sorted(set(administrations)))


async def claim_books(connection: Connection, administration: str) -> None:
    """Wait for everybody who shares the books, and keep others from it until this transaction ends."""
    await connection.execute(load_queries(QUERIES).claim_books, administration)


@asynccontextmanager
async def looking_up_keys(connection: Connection) -> AsyncIterator[None]:
    """Have what is asked within planned once, for looking up keys; what comes after is planned as before.

    What an exception leaves needs no undoing: its transaction, or its savepoint, takes the settings back.
    """
    queries = load_queries(QUERIES)
    before = await connection.fetchrow(queries.plan_for_keys)
    assert before is not None, "settings always come as a row"
    yield
    await connection.execute(queries.plan_as_before, *before[:PLANNER_SETTINGS])


async def load_books(connection: Connection, administrations: Iterable[str]) -> dict[str, Books]:
    """The books of those of the administrations that are configured."""
    rows = await connection.fetch(load_queries(QUERIES).load_books, sorted(set(administrations)))
    return {row["administration"]: _books(*row[1:]) for row in rows}


async def find_books(connection: Connection, administration: str) -> Books | None:
    """The administration's books, or None when it is not configured yet."""
    return (await load_books(connection, [administration])).get(administration)


@lru_cache(maxsize=BOOKS_KEPT)
def _books(configuration: str, sealed: str, retired: str) -> Books:
    """Made once per state of the books; `sealed` are year/period and `retired` codes, joined by blanks."""
    periods = [period.split("/") for period in sealed.split()]
    return Books(
        AdministrationConfigured.model_validate_json(configuration),
        [(int(year), int(number)) for year, number in periods],
        retired.split(),
    )


async def keep_journals(connection: Connection, administrations: Iterable[str]) -> None:
    """Keep every journal that the administrations' configurations name, beside those that they named before."""
    await connection.execute(load_queries(QUERIES).keep_journals, sorted(set(administrations)))
