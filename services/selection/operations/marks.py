"""Marking and unmarking members of a set that is not fixed: single ones, by criteria, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection
from chassis.errors import NotFound
from services.selection.domain.criteria import Criteria
from services.selection.domain.work_scope import WorkScope
from services.selection.store.members import (
    MemberNames,
    MemberSearch,
    count_again,
    first_unknown_member,
    mark_all,
    mark_matching,
    mark_named,
)
from services.selection.store.sets import StoredSet, get_set, lock_loose_set


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberMarks:
    """Which members to mark or unmark: those given by (party, item), those that meet the criteria, or all."""

    marked: bool
    members: Sequence[tuple[str, str]] = ()
    criteria: Criteria | None = None


@dataclass(frozen=True, slots=True)
class MarkedSet:
    """A set with its new counts, and how many of its members changed."""

    changed: int
    counted: StoredSet


async def mark_members(connection: Connection, scope: WorkScope, set_id: UUID, marks: MemberMarks) -> MarkedSet:
    """Change marks; only marked members count.

    Conflict when the set is fixed, NotFound when a member is none.
    """
    loose = await lock_loose_set(connection, scope.administration, set_id)
    changed = await _mark(connection, scope, loose, marks)
    await count_again(connection, scope.administration, set_id)
    return MarkedSet(changed, await get_set(connection, scope.administration, set_id))


async def _mark(connection: Connection, scope: WorkScope, loose: StoredSet, marks: MemberMarks) -> int:
    if marks.members:
        names = MemberNames([party_id for party_id, _ in marks.members], [item_id for _, item_id in marks.members])
        await _refuse_unknown(connection, loose, names)
        return await mark_named(connection, scope.administration, loose.set_id, names, marked=marks.marked)
    if marks.criteria is not None:
        asked = MemberSearch(loose.set_type, marks.criteria)
        return await mark_matching(connection, scope, loose.set_id, asked, marked=marks.marked)
    return await mark_all(connection, scope.administration, loose.set_id, marked=marks.marked)


async def _refuse_unknown(connection: Connection, loose: StoredSet, names: MemberNames) -> None:
    row = await first_unknown_member(connection, loose.administration, loose.set_id, names)
    if row is not None:
        raise NotFound(
            "unknown-member",
            "{member} is no member of this set.",
            member=f"{row['party_id']}/{row['item_id']}".rstrip("/"),
            field="members",
            remedy="Name members by party and item, in a set of parties by party alone; see the set's members.",
        )
