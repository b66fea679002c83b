"""Members of sets: found by criteria, taken from other sets, marked and unmarked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.selection.domain.catalogue import SetType
from services.selection.domain.criteria import Criteria
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES
from services.selection.store.predicate import compile_criteria

SetOperation = Literal["union", "intersection", "difference"]
_COMBINING: Mapping[SetOperation, str] = {
    "union": "unite_sets",
    "intersection": "intersect_sets",
    "difference": "subtract_sets",
}


@dataclass(frozen=True, slots=True)
class MemberSearch:
    """What is looked for: items or accounts that meet the criteria, all of them where there are none."""

    set_type: SetType
    criteria: Criteria | None


@dataclass(frozen=True, slots=True)
class Combination:
    """Two sets of one type, and what becomes of them: the second one is what a difference takes away."""

    operation: SetOperation
    left_id: UUID
    right_id: UUID


@dataclass(frozen=True, slots=True)
class MemberNames:
    """Members by name: two sequences of one length, the items empty in a set of parties."""

    party_ids: Sequence[str]
    item_ids: Sequence[str]


async def select_members(
    connection: Connection, scope: WorkScope, set_id: UUID, asked: MemberSearch, maximum: int
) -> int:
    """Put what meets the criteria now into a set, in one statement; how many there are, at most `maximum`."""
    predicate = compile_criteria(asked.criteria, today=scope.today, first=5)
    statement = predicate.within(load_queries(QUERIES)[f"select_{asked.set_type}"])
    keys = (scope.administration, set_id, scope.today, maximum)
    return _changed(await connection.execute(statement, *keys, *predicate.parameters))


async def count_candidates(connection: Connection, scope: WorkScope, asked: MemberSearch) -> int:
    """How many items or accounts meet the criteria now."""
    predicate = compile_criteria(asked.criteria, today=scope.today, first=3)
    statement = predicate.within(load_queries(QUERIES)[f"count_{asked.set_type}"])
    return int(await connection.fetchval(statement, scope.administration, scope.today, *predicate.parameters))


async def take_combined(connection: Connection, administration: str, set_id: UUID, combined: Combination) -> None:
    """Put into a set what its operation leaves of two others."""
    statement = load_queries(QUERIES)[_COMBINING[combined.operation]]
    await connection.execute(statement, administration, set_id, combined.left_id, combined.right_id)


async def take_converted(
    connection: Connection, administration: str, set_id: UUID, source_id: UUID, wanted: SetType
) -> None:
    """Put into a set the accounts of another one's items, or the open items of another one's accounts."""
    queries = load_queries(QUERIES)
    statement = queries.take_parties_of if wanted == "parties" else queries.take_items_of
    await connection.execute(statement, administration, set_id, source_id)


async def first_unknown_member(
    connection: Connection, administration: str, set_id: UUID, members: MemberNames
) -> asyncpg.Record | None:
    """The first of the named members that is none of the set's."""
    query = load_queries(QUERIES).first_unknown_member
    return await connection.fetchrow(query, administration, set_id, members.party_ids, members.item_ids)


async def mark_named(
    connection: Connection, administration: str, set_id: UUID, members: MemberNames, *, marked: bool
) -> int:
    """Mark or unmark members by name; how many changed."""
    query = load_queries(QUERIES).mark_members
    return _changed(
        await connection.execute(query, administration, set_id, marked, members.party_ids, members.item_ids)
    )


async def mark_matching(
    connection: Connection, scope: WorkScope, set_id: UUID, asked: MemberSearch, *, marked: bool
) -> int:
    """Mark or unmark the members that meet criteria today; how many changed."""
    predicate = compile_criteria(asked.criteria, today=scope.today, first=5)
    statement = predicate.within(load_queries(QUERIES)[f"mark_{asked.set_type}_by_criteria"])
    keys = (scope.administration, set_id, marked, scope.today)
    return _changed(await connection.execute(statement, *keys, *predicate.parameters))


async def mark_all(connection: Connection, administration: str, set_id: UUID, *, marked: bool) -> int:
    """Mark or unmark every member; how many changed."""
    return _changed(await connection.execute(load_queries(QUERIES).mark_every_member, administration, set_id, marked))


async def count_again(connection: Connection, administration: str, set_id: UUID) -> None:
    """Keep the counts and totals of the members that are marked now."""
    await connection.execute(load_queries(QUERIES).summarise_set, administration, set_id)


def _changed(status: str) -> int:
    """The number of rows in PostgreSQL's command tag, such as `UPDATE 3`."""
    return int(status.rpartition(" ")[2])
