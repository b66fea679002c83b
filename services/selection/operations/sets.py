"""Making sets: from criteria, from other sets; fixing, marking, renaming and archiving them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, Refused
from chassis.outbox import publish
from contracts.event import Total
from contracts.selection import SetCreated
from read_model.parties import get_administration
from services.selection.domain.catalogue import MEMBERS, SetType
from services.selection.domain.criteria import (
    Condition,
    ConditionGroup,
    Criteria,
    Negation,
    only_open_unless_asked,
)
from services.selection.domain.work_scope import WorkScope
from services.selection.store.members import (
    Combination,
    MemberSearch,
    SetOperation,
    count_candidates,
    select_members,
    take_combined,
    take_converted,
)
from services.selection.store.saved_criteria import get_criteria
from services.selection.store.sets import (
    Making,
    StoredSet,
    freeze_set,
    get_set,
    insert_set,
    lock_loose_set,
    lock_set,
    name_is_taken,
    new_id,
    put_in_archive,
    set_name,
)

MAX_MEMBERS = 3_000_000
"""Most members of one set, which is made in one statement while its clerk waits; how many more there are is told."""


@dataclass(frozen=True, slots=True)
class SelectionOrder:
    """What to select: criteria None means everything that is open; `maximum` None means all hits."""

    set_type: SetType
    criteria: Criteria | None
    maximum: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CombineWith:
    """An existing set, the left one, with which a new selection is combined."""

    operation: SetOperation
    left_id: UUID


async def saved_order(
    connection: Connection, scope: WorkScope, saved: str, maximum: int | None, name: str | None
) -> SelectionOrder:
    """What was saved under a name, to be run now; a maximum given here goes before the one that was saved."""
    found = await get_criteria(connection, scope.administration, saved)
    return SelectionOrder(found.set_type, found.criteria, maximum or found.maximum, name)


def effective(order: SelectionOrder) -> Criteria | None:
    """The criteria as they are evaluated: items of other statuses than open only where they are asked for."""
    if order.criteria is not None:
        return only_open_unless_asked(order.criteria, order.set_type)
    return Condition("status", "eq", ("open",)) if order.set_type == "items" else None


async def run_selection(connection: Connection, scope: WorkScope, order: SelectionOrder) -> StoredSet:
    """Select now, into a new set; its `hits` tell how many there were when the maximum cut some off."""
    await get_administration(connection, scope.administration)
    set_id = await new_id(connection)
    maximum = order.maximum or MAX_MEMBERS
    criteria = effective(order)
    taken = await select_members(connection, scope, set_id, MemberSearch(order.set_type, criteria), maximum)
    hits = taken if taken < maximum else max(taken, await count_hits(connection, scope, order))
    making = Making(
        set_type=order.set_type,
        origin="criteria",
        criteria=criteria if order.criteria is not None else None,
        name=order.name,
        maximum=order.maximum or (maximum if hits > taken else None),
        hits=hits,
    )
    return await add_set(connection, scope, set_id, making)


async def select_combined(
    connection: Connection, scope: WorkScope, order: SelectionOrder, combine: CombineWith | None
) -> StoredSet:
    """Select now, and combine what was found with another set where that is asked: the set of both is the answer.

    It tells what the maximum cut off of the selection.
    """
    made = await run_selection(connection, scope, order)
    if combine is None:
        return made
    combined = await combine_sets(connection, scope, Combination(combine.operation, combine.left_id, made.set_id))
    return replace(combined, maximum=made.maximum, hits=made.hits)


async def count_hits(connection: Connection, scope: WorkScope, order: SelectionOrder) -> int:
    """How many items or accounts meet the criteria now."""
    return await count_candidates(connection, scope, MemberSearch(order.set_type, effective(order)))


async def add_set(connection: Connection, scope: WorkScope, set_id: UUID, making: Making) -> StoredSet:
    """Keep a set whose members are there, with their counts and totals, and tell of it."""
    made = await insert_set(connection, scope, set_id, making)
    await _tell(connection, made, scope)
    return made


async def combine_sets(connection: Connection, scope: WorkScope, combined: Combination) -> StoredSet:
    """A new set: both, what both have, or the first without the second."""
    left = await get_set(connection, scope.administration, combined.left_id)
    right = await get_set(connection, scope.administration, combined.right_id)
    if left.set_type != right.set_type:
        raise Refused(
            "sets-of-two-types",
            "A set of {left} cannot be combined with a set of {right}.",
            left=MEMBERS[left.set_type],
            right=MEMBERS[right.set_type],
            field="right",
            remedy="Make the set of the items' parties, or of the parties' items, first.",
        )
    set_id = await new_id(connection)
    await take_combined(connection, scope.administration, set_id, combined)
    making = Making(
        set_type=left.set_type,
        origin=combined.operation,
        parents=(combined.left_id, combined.right_id),
        criteria=_combined(combined.operation, left.tree, right.tree),
    )
    return await add_set(connection, scope, set_id, making)


def _combined(operation: SetOperation, left: Criteria | None, right: Criteria | None) -> Criteria | None:
    if left is None or right is None:
        return None
    match operation:
        case "union":
            return ConditionGroup("any", (left, right))
        case "intersection":
            return ConditionGroup("all", (left, right))
        case "difference":
            return ConditionGroup("all", (left, Negation(right)))


async def convert_set(connection: Connection, scope: WorkScope, set_id: UUID, wanted: SetType) -> StoredSet:
    """The set of the items' parties, or of all open items of the parties, as they are now."""
    source = await get_set(connection, scope.administration, set_id)
    if source.set_type == wanted:
        raise Refused(
            "same-type",
            "The set is a set of {wanted} already.",
            wanted=MEMBERS[wanted],
            field="set_type",
            remedy="Use it as it is.",
        )
    made_id = await new_id(connection)
    await take_converted(connection, scope.administration, made_id, set_id, wanted)
    making = Making(set_type=wanted, origin=f"{wanted}-of", parents=(set_id,), criteria=source.tree)
    return await add_set(connection, scope, made_id, making)


async def fix_set(connection: Connection, scope: WorkScope, set_id: UUID, name: str) -> StoredSet:
    """Freeze a set under a name: from now on its members and amounts have a fingerprint and never change."""
    await lock_loose_set(connection, scope.administration, set_id)
    await _refuse_taken_name(connection, scope, set_id, name)
    fixed = await freeze_set(connection, scope, set_id, name)
    await _tell(connection, fixed, scope)
    return fixed


async def rename_set(connection: Connection, scope: WorkScope, set_id: UUID, name: str) -> StoredSet:
    """Call a set by another name; Conflict when another fixed set has it."""
    found = await lock_set(connection, scope.administration, set_id)
    if found.fixed:
        await _refuse_taken_name(connection, scope, set_id, name)
    return await set_name(connection, scope.administration, set_id, name)


async def archive_set(connection: Connection, scope: WorkScope, set_id: UUID) -> StoredSet:
    """Take a set out of the lists; it stays readable, and its name is free again."""
    await lock_set(connection, scope.administration, set_id)
    return await put_in_archive(connection, scope, set_id)


async def _refuse_taken_name(connection: Connection, scope: WorkScope, set_id: UUID, name: str) -> None:
    if await name_is_taken(connection, scope.administration, name, set_id):
        raise Conflict(
            "name-taken",
            "Another fixed set is called {name!r}.",
            name=name,
            field="name",
            remedy="Choose another name, or archive that set first.",
        )


async def _tell(connection: Connection, made: StoredSet, scope: WorkScope) -> None:
    """Both fields that may be null are always told: without a name an empty one, without criteria an empty tree."""
    await publish(
        connection,
        SetCreated(
            administration=made.administration,
            set_id=made.set_id,
            name=made.name or "",
            set_type=made.set_type,
            fixed=made.fixed,
            criteria=made.criteria or {},
            items=made.members if made.set_type == "items" else 0,
            parties=made.parties,
            totals=tuple(Total(currency=code, amount=amount) for code, amount in sorted(made.totals.items())),
            employee=scope.employee,
            created_at=scope.now,
        ),
    )
