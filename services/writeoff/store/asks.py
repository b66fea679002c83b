"""What the ledger was asked, and its answers, as the database keeps them: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.queries import load_queries
from services.writeoff.domain.requests import RequestKey
from services.writeoff.store import QUERIES


class LedgerAnswer(NamedTuple):
    """What the ledger said to an ask: the match, or with `code` and `message` why there is none.

    `items` is how many items were written off, `amount` what of them, in minor units.
    """

    administration: str
    party_id: str
    ask_id: UUID
    match_id: UUID | None
    code: str | None
    message: str | None
    items: int
    amount: int


class RestOfAsk(NamedTuple):
    """Why what an answer neither settled nor named was left out."""

    administration: str
    party_id: str
    ask_id: UUID
    match_id: UUID | None
    code: str
    message: str


async def load_asks(connection: Connection, keys: Iterable[RequestKey]) -> dict[RequestKey, asyncpg.Record]:
    """Those of the asks that are ours, with the request and the batch behind each."""
    rows = await connection.fetch(load_queries(QUERIES).load_asks, *columns(keys, 3))
    return {ask_key(row): row for row in rows}


def ask_key(row: asyncpg.Record) -> RequestKey:
    """The key of the ask in a row."""
    return (row["administration"], row["party_id"], row["ask_id"])


async def add_answers(connection: Connection, answers: Iterable[LedgerAnswer]) -> list[RequestKey]:
    """Keep answers, whose keys differ; gives the keys of the asks that were not answered before."""
    return [ask_key(row) for row in await connection.fetch(load_queries(QUERIES).add_answers, *columns(answers, 8))]


async def skip_rest_of_asks(connection: Connection, rest: Sequence[RestOfAsk]) -> None:
    """Give every line of the asks that was neither settled nor named the reason of the whole answer."""
    if rest:
        await connection.execute(load_queries(QUERIES).skip_rest_of_asks, *columns(rest, 6))
