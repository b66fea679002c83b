"""Marking and unmarking members of a set that is not fixed: single ones, by criteria, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.selection.domain.criteria import Criteria
from services.selection.store.predicate import compile_criteria
from services.selection.store.sets import QUERIES, Scope, StoredSet, get_set, lock_loose_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Which members to mark or unmark: those given by (party, item), those that meet the criteria, or all."""

    marked: bool
    members: Sequence[tuple[str, str]] = ()
    criteria: Criteria | None = None


async def mark_members(connection: Connection, scope: Scope, set_id: UUID, marks: Marks) -> tuple[StoredSet, int]:
    """Change marks; the set with its new counts, and how many members changed.

    Conflict when the set is fixed, NotFound when a member is none.
    """
    loose = await lock_loose_set(connection, scope.administration, set_id)
    queries = load_queries(QUERIES)
    keys = (scope.administration, set_id, marks.marked)
    if marks.members:
        chosen = ([party_id for party_id, _ in marks.members], [item_id for _, item_id in marks.members])
        await _refuse_unknown(connection, loose, chosen)
        status = await connection.execute(queries.mark_members, *keys, *chosen)
    elif marks.criteria is not None:
        predicate = compile_criteria(marks.criteria, today=scope.today, first=5)
        statement = predicate.within(queries[f"mark_{loose.set_type}_by_criteria"])
        status = await connection.execute(statement, *keys, scope.today, *predicate.parameters)
    else:
        status = await connection.execute(queries.mark_every_member, *keys)
    await connection.execute(queries.summarise_set, scope.administration, set_id)
    return await get_set(connection, scope.administration, set_id), int(status.rpartition(" ")[2])


async def _refuse_unknown(connection: Connection, loose: StoredSet, chosen: tuple[list[str], list[str]]) -> None:
    query = load_queries(QUERIES).first_unknown_member
    row = await connection.fetchrow(query, loose.administration, loose.set_id, *chosen)
    if row is not None:
        raise NotFound(
            "unknown-member",
            "{member} is no member of this set.",
            member=f"{row['party_id']}/{row['item_id']}".rstrip("/"),
            field="members",
            remedy="Name members by party and item, in a set of parties by party alone; see the set's members.",
        )
