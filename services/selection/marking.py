"""Marking and unmarking members of a set that is not fixed: single ones, by criteria, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection
from chassis.queries import load_queries
from services.selection.domain.criteria import Criteria
from services.selection.domain.predicate import compile_criteria
from services.selection.store import QUERIES, Scope, StoredSet, get_set, lock_loose_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Which members to mark or unmark: those given by (party, item), those that meet the criteria, or all."""

    marked: bool
    members: Sequence[tuple[str, str]] = ()
    criteria: Criteria | None = None


async def mark_members(connection: Connection, scope: Scope, set_id: UUID, marks: Marks) -> tuple[StoredSet, int]:
    """Change marks; the set with its new counts, and how many members changed. Conflict when the set is fixed."""
    loose = await lock_loose_set(connection, scope.administration, set_id)
    queries = load_queries(QUERIES)
    keys = (scope.administration, set_id, marks.marked)
    if marks.members:
        parties, items = zip(*marks.members, strict=True)
        status = await connection.execute(queries.mark_members, *keys, list(parties), list(items))
    elif marks.criteria is not None:
        predicate = compile_criteria(marks.criteria, today=scope.today, first=5)
        statement = predicate.within(queries[f"mark_{loose.set_type}_by_criteria"])
        status = await connection.execute(statement, *keys, scope.today, *predicate.parameters)
    else:
        status = await connection.execute(queries.mark_every_member, *keys)
    await connection.execute(queries.summarise_set, scope.administration, set_id)
    return await get_set(connection, scope.administration, set_id), int(status.rpartition(" ")[2])
