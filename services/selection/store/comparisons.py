"""A set against what its criteria find today, and against the keys that a returned report kept."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.queries import load_queries
from services.selection.domain.returned import Key
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES
from services.selection.store.members import MemberSearch
from services.selection.store.predicate import compile_criteria


async def compare_members(
    connection: Connection, scope: WorkScope, set_id: UUID, asked: MemberSearch
) -> list[asyncpg.Record]:
    """Per currency: what came, went and changed since the set was made."""
    predicate = compile_criteria(asked.criteria, today=scope.today, first=4)
    statement = predicate.within(load_queries(QUERIES)[f"compare_{asked.set_type}"])
    return await connection.fetch(statement, scope.administration, set_id, scope.today, *predicate.parameters)


async def first_unknown_listed(
    connection: Connection, administration: str, set_id: UUID, keys: Sequence[Key]
) -> asyncpg.Record | None:
    """The first of the keys that is no member of the set."""
    query = load_queries(QUERIES).first_unknown_listed
    return await connection.fetchrow(query, administration, set_id, *columns(keys, 3))


async def difference_with_listed(
    connection: Connection, administration: str, set_id: UUID, keys: Sequence[Key]
) -> list[asyncpg.Record]:
    """Per currency: the set's members that are not among the keys, and their amount."""
    query = load_queries(QUERIES).difference_with_listed
    return await connection.fetch(query, administration, set_id, *columns(keys, 3))


async def take_listed(
    connection: Connection, administration: str, set_id: UUID, source_id: UUID, keys: Sequence[Key]
) -> None:
    """Put into a set the members of another one that are among the keys, with their amounts there."""
    query = load_queries(QUERIES).take_listed
    await connection.execute(query, administration, set_id, source_id, *columns(keys, 3))
