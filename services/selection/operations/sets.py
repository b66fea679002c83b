"""Making sets: from criteria, from other sets; fixing, marking, renaming and archiving them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, Refused
from chassis.outbox import publish
from chassis.queries import load_queries
from contracts.event import Total
from contracts.selection import SetCreated
from read_model.parties import get_administration
from services.selection.domain.catalogue import MEMBERS, SetType
from services.selection.domain.criteria import Condition, Criteria, Group, Negation, as_json, only_open_unless_asked
from services.selection.store.predicate import compile_criteria
from services.selection.store.sets import QUERIES, Scope, StoredSet, get_set, lock_loose_set, lock_set, new_id

MAX_MEMBERS = 3_000_000
"""Most members of one set, which is made in one statement while its clerk waits; how many more there are is told."""

Operation = Literal["union", "intersection", "difference"]
_COMBINING: Mapping[Operation, str] = {
    "union": "unite_sets",
    "intersection": "intersect_sets",
    "difference": "subtract_sets",
}


@dataclass(frozen=True, slots=True)
class SelectionOrder:
    """What to select: criteria None means everything that is open; `maximum` None means all hits."""

    set_type: SetType
    criteria: Criteria | None
    maximum: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a set came to be, as it is stored; `hits` None means as many as it has members."""

    set_type: SetType
    origin: str
    parents: Sequence[UUID] = ()
    criteria: Criteria | None = None
    name: str | None = None
    maximum: int | None = None
    hits: int | None = None


def effective(order: SelectionOrder) -> Criteria | None:
    """The criteria as they are evaluated: items of other statuses than open only where they are asked for."""
    if order.criteria is not None:
        return only_open_unless_asked(order.criteria, order.set_type)
    return Condition("status", "eq", ("open",)) if order.set_type == "items" else None


async def run_selection(connection: Connection, scope: Scope, order: SelectionOrder) -> StoredSet:
    """Select now, into a new set; its `hits` tell how many there were when the maximum cut some off."""
    await get_administration(connection, scope.administration)
    set_id = await new_id(connection)
    maximum = order.maximum or MAX_MEMBERS
    predicate = compile_criteria(effective(order), today=scope.today, first=5)
    statement = predicate.within(load_queries(QUERIES)[f"select_{order.set_type}"])
    status = await connection.execute(
        statement, scope.administration, set_id, scope.today, maximum, *predicate.parameters
    )
    taken = int(status.rpartition(" ")[2])
    hits = taken if taken < maximum else max(taken, await count_hits(connection, scope, order))
    making = Making(
        set_type=order.set_type,
        origin="criteria",
        criteria=effective(order) if order.criteria is not None else None,
        name=order.name,
        maximum=order.maximum or (maximum if hits > taken else None),
        hits=hits,
    )
    return await add_set(connection, scope, set_id, making)


async def count_hits(connection: Connection, scope: Scope, order: SelectionOrder) -> int:
    """How many items or accounts meet the criteria now."""
    predicate = compile_criteria(effective(order), today=scope.today, first=3)
    statement = predicate.within(load_queries(QUERIES)[f"count_{order.set_type}"])
    return int(await connection.fetchval(statement, scope.administration, scope.today, *predicate.parameters))


async def add_set(connection: Connection, scope: Scope, set_id: UUID, making: Making) -> StoredSet:
    """Keep a set whose members are there, with their counts and totals, and tell of it."""
    await connection.execute(
        load_queries(QUERIES).add_set,
        scope.administration,
        set_id,
        making.name,
        making.set_type,
        making.origin,
        list(making.parents),
        json.dumps(as_json(making.criteria)) if making.criteria is not None else None,
        scope.today,
        making.maximum,
        making.hits,
        scope.employee,
        scope.now,
    )
    made = await get_set(connection, scope.administration, set_id)
    await _tell(connection, made, scope)
    return made


async def combine_sets(
    connection: Connection, scope: Scope, operation: Operation, left_id: UUID, right_id: UUID
) -> StoredSet:
    """A new set: both, what both have, or the first without the second."""
    left = await get_set(connection, scope.administration, left_id)
    right = await get_set(connection, scope.administration, right_id)
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
    statement = load_queries(QUERIES)[_COMBINING[operation]]
    await connection.execute(statement, scope.administration, set_id, left_id, right_id)
    criteria = _combined(operation, left.tree, right.tree)
    making = Making(set_type=left.set_type, origin=operation, parents=(left_id, right_id), criteria=criteria)
    return await add_set(connection, scope, set_id, making)


def _combined(operation: Operation, left: Criteria | None, right: Criteria | None) -> Criteria | None:
    if left is None or right is None:
        return None
    match operation:
        case "union":
            return Group("any", (left, right))
        case "intersection":
            return Group("all", (left, right))
        case "difference":
            return Group("all", (left, Negation(right)))


async def convert_set(connection: Connection, scope: Scope, set_id: UUID, wanted: SetType) -> StoredSet:
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
    queries = load_queries(QUERIES)
    statement = queries.take_parties_of if wanted == "parties" else queries.take_items_of
    await connection.execute(statement, scope.administration, made_id, set_id)
    making = Making(set_type=wanted, origin=f"{wanted}-of", parents=(set_id,), criteria=source.tree)
    return await add_set(connection, scope, made_id, making)


async def fix_set(connection: Connection, scope: Scope, set_id: UUID, name: str) -> StoredSet:
    """Freeze a set under a name: from now on its members and amounts have a fingerprint and never change."""
    await lock_loose_set(connection, scope.administration, set_id)
    await _refuse_taken_name(connection, scope, set_id, name)
    await connection.execute(
        load_queries(QUERIES).fix_set, scope.administration, set_id, name, scope.employee, scope.now
    )
    fixed = await get_set(connection, scope.administration, set_id)
    await _tell(connection, fixed, scope)
    return fixed


async def rename_set(connection: Connection, scope: Scope, set_id: UUID, name: str) -> StoredSet:
    """Call a set by another name; Conflict when another fixed set has it."""
    found = await lock_set(connection, scope.administration, set_id)
    if found.fixed:
        await _refuse_taken_name(connection, scope, set_id, name)
    await connection.execute(load_queries(QUERIES).rename_set, scope.administration, set_id, name)
    return await get_set(connection, scope.administration, set_id)


async def archive_set(connection: Connection, scope: Scope, set_id: UUID) -> StoredSet:
    """Take a set out of the lists; it stays readable, and its name is free again."""
    await lock_set(connection, scope.administration, set_id)
    await connection.execute(load_queries(QUERIES).archive_set, scope.administration, set_id, scope.now)
    return await get_set(connection, scope.administration, set_id)


async def _refuse_taken_name(connection: Connection, scope: Scope, set_id: UUID, name: str) -> None:
    if await connection.fetchval(load_queries(QUERIES).name_is_taken, scope.administration, name, set_id):
        raise Conflict(
            "name-taken",
            "Another fixed set is called {name!r}.",
            name=name,
            field="name",
            remedy="Choose another name, or archive that set first.",
        )


async def _tell(connection: Connection, made: StoredSet, scope: Scope) -> None:
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
