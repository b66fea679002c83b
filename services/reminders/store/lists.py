"""Control lists out of the database: counted, shown by pages, streamed, explained."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from read_model.unmatched_credits import MAX_NAMED
from services.reminders.domain.criteria import ListOrder
from services.reminders.domain.members import DebtorItem
from services.reminders.domain.rules import Rules
from services.reminders.store import QUERIES

Show = Literal["listed", "left-out", "all"]
UNLIMITED = 2**62
STREAM_ROWS = 1_000


class ListKey(NamedTuple):
    """What a list is ordered by."""

    group_key: str
    sort_key: str
    party_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class ListScope:
    """The debtors whose items are looked at, and by which rules.

    They are those from `first` to `last` (None: no end), or of them only `parties` where these are given.
    """

    administration: str
    rules: Rules
    first: str = ""
    last: str | None = None
    parties: tuple[str, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every debtor of the administration is looked at."""
        return self.first == "" and self.last is None and self.parties is None

    def asked_only(self) -> Self:
        """The same, of the debtors only that the criteria name, so that nobody else is told to be left out."""
        rules = self.rules
        named = None if "parties" not in rules else tuple(rules["parties"])
        return replace(self, first=rules.get("party_from", ""), last=rules.get("party_to"), parties=named)

    def arguments(self) -> tuple[str, str, str | None, tuple[str, ...] | None, str]:
        """The first five parameters of every query on a list."""
        return self.administration, self.first, self.last, self.parties, json.dumps(self.rules)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which side of the list is shown, and in which order."""

    shown: Show
    report: ListOrder


def following(party_id: str) -> str:
    """The lowest bound above a party; no identifier has control characters."""
    return f"{party_id}\x01" if party_id else ""


async def plan_for_values(connection: Connection) -> None:
    """Have this transaction's queries planned for their values, with room to group many debtors in memory."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.plan_for_these_values)
    await connection.execute(queries.work_in_memory)


async def last_of_next_parties(connection: Connection, administration: str, after: str, count: int) -> str | None:
    """The last of the next `count` parties with items after `after`; None when there are none."""
    found: str | None = await connection.fetchval(
        load_queries(QUERIES).last_of_next_parties, administration, after, count
    )
    return found


async def count_listed(connection: Connection, scope: ListScope) -> list[asyncpg.Record]:
    """Items, amount and parties per reason (None: listed) and currency."""
    return await connection.fetch(load_queries(QUERIES).summarise_list, *scope.arguments())


async def count_listed_parties(connection: Connection, scope: ListScope) -> int:
    """Debtors on the list, whatever the number of their currencies."""
    found: int = await connection.fetchval(load_queries(QUERIES).count_listed_parties, *scope.arguments())
    return found


async def unmatched_of_list(connection: Connection, scope: ListScope) -> str:
    """What credits lie unmatched of the debtors on the list, as JSON."""
    found: str = await connection.fetchval(load_queries(QUERIES).unmatched_of_list, *scope.arguments(), MAX_NAMED)
    return found


async def fetch_list(
    connection: Connection, scope: ListScope, shape: Shape, after: ListKey | None, limit: int
) -> list[asyncpg.Record]:
    """The next items of a list after a key."""
    return await connection.fetch(load_queries(QUERIES).list_items, *_list_arguments(scope, shape, after), limit)


async def stream_list(connection: Connection, scope: ListScope, shape: Shape) -> AsyncGenerator[asyncpg.Record]:
    """All items of a list, in its order, through a cursor of the database."""
    arguments = (*_list_arguments(scope, shape, None), UNLIMITED)
    async for row in connection.cursor(load_queries(QUERIES).list_items, *arguments, prefetch=STREAM_ROWS):
        yield row


async def explain_item(
    connection: Connection, administration: str, member: DebtorItem, rules: Rules
) -> asyncpg.Record | None:
    """One item with the reason that keeps it off the list; None when no such item was posted."""
    return await connection.fetchrow(
        load_queries(QUERIES).explain_item, administration, member.party_id, member.item_id, json.dumps(rules)
    )


def _list_arguments(scope: ListScope, shape: Shape, after: ListKey | None) -> tuple[str | tuple[str, ...] | None, ...]:
    key = after or (None, None, None, None)
    return (*scope.arguments(), shape.shown, shape.report.group_by, shape.report.sort_by, *key)
