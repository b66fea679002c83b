"""Causes of automatic write-offs, and what they came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import asyncpg

from chassis.database import COPIED_FROM, Connection, all_new, columns, copy_new
from chassis.queries import load_queries
from services.writeoff.domain.requests import CauseKey, PartyKey
from services.writeoff.store import QUERIES

CAUSE_COLUMNS = ("administration", "party_id", "topic", "cause_key", "origin", "date", "event", "event_id")
RULE_OUTCOME_COLUMNS = (
    *("administration", "party_id", "topic", "cause_key", "item_id", "rule", "code", "message", "request_id"),
    *("settled_amount", "paid_amount", "waived_amount", "kept_code"),
)


class CausePlace(NamedTuple):
    """Where a list of causes goes on."""

    party_id: str
    topic: str
    cause_key: str


class RuleOutcomePlace(NamedTuple):
    """Where a list of what causes came to goes on."""

    party_id: str
    topic: str
    cause_key: str
    item_id: str


@dataclass(frozen=True, slots=True)
class WhichOutcomes:
    """Which outcomes of rules: every filter that is given must hold; `settled` takes what was settled before only."""

    administration: str
    party_id: str | None
    topic: str | None
    cause_key: str | None
    code: str | None
    settled: bool


async def add_causes(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[CauseKey]:
    """Remember events, as rows whose keys differ; gives the keys of those that were not remembered yet."""
    queries = load_queries(QUERIES)
    if len(rows) < COPIED_FROM:
        return [tuple(row) for row in await connection.fetch(queries.add_causes, *columns(rows, 8))]
    if await all_new(connection, partial(copy_new, connection, "cause", CAUSE_COLUMNS, rows)):
        return [row[:4] for row in rows]
    kept = await _kept(connection, queries.kept_causes, [row[:4] for row in rows])
    new = [row for row in rows if row[:4] not in kept]
    await copy_new(connection, "cause", CAUSE_COLUMNS, new)
    return [row[:4] for row in new]


async def put_rule_outcomes(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep what causes came to, as rows whose keys differ; one that came to a request stays as it is."""
    queries = load_queries(QUERIES)
    again = rows
    if len(rows) >= COPIED_FROM:
        if await all_new(connection, partial(copy_new, connection, "rule_outcome", RULE_OUTCOME_COLUMNS, rows)):
            return
        kept = await _kept(connection, queries.kept_rule_outcomes, [row[:5] for row in rows])
        await copy_new(connection, "rule_outcome", RULE_OUTCOME_COLUMNS, [row for row in rows if row[:5] not in kept])
        again = [row for row in rows if row[:5] in kept]
    if again:
        await connection.execute(queries.put_rule_outcomes, *columns(again, 13))


async def _kept(connection: Connection, query: str, keys: Sequence[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Those of the keys that the query finds."""
    return {tuple(row) for row in await connection.fetch(query, *columns(keys, len(keys[0])))}


async def causes_of_parties(connection: Connection, parties: Iterable[PartyKey]) -> list[asyncpg.Record]:
    """The events of the library that are remembered of these parties, in the order of their keys."""
    return await connection.fetch(load_queries(QUERIES).causes_of_parties, *columns(parties, 2))


async def list_causes(
    connection: Connection, administration: str, party_id: str | None, after: CausePlace, limit: int
) -> list[asyncpg.Record]:
    """Remembered events, of one party or all, in the order of CausePlace."""
    return await connection.fetch(load_queries(QUERIES).list_causes, administration, party_id, *after, limit)


async def list_rule_outcomes(
    connection: Connection, which: WhichOutcomes, after: RuleOutcomePlace, limit: int
) -> list[asyncpg.Record]:
    """What causes came to, in the order of RuleOutcomePlace."""
    wanted = (which.administration, which.party_id, which.topic, which.cause_key, which.code, which.settled)
    return await connection.fetch(load_queries(QUERIES).list_rule_outcomes, *wanted, *after, limit)
