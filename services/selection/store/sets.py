"""Sets as they are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.queries import load_queries
from services.selection.domain.catalogue import SetType
from services.selection.domain.criteria import Criteria, as_json, read_criteria
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """A set without its members; `totals` are open amounts of the marked ones in minor units per currency."""

    administration: str
    set_id: UUID
    name: str | None
    set_type: SetType
    origin: str
    parents: tuple[UUID, ...]
    criteria: dict[str, Any] | None
    selected_on: date
    maximum: int | None
    hits: int
    members: int
    parties: int
    totals: Mapping[str, int]
    employee: str
    created_at: datetime
    fixed: bool
    fingerprint: str | None
    fixed_by: str | None
    fixed_at: datetime | None
    archived_at: datetime | None

    @property
    def tree(self) -> Criteria | None:
        """The criteria that found the members; None when there were none."""
        if self.criteria is None:
            return None
        return read_criteria(self.criteria, self.asked_of)

    @property
    def asked_of(self) -> SetType:
        """What its criteria were asked of: the accounts of items were found by criteria on those items."""
        return "items" if self.origin == "parties-of" else self.set_type


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


class SetPlace(NamedTuple):
    """Where a set stands in the list, newest first."""

    created_at: datetime
    set_id: UUID


class MemberPlace(NamedTuple):
    """Where a member stands in its set."""

    party_id: str
    item_id: str
    currency: str


class ListedSets(NamedTuple):
    """Which sets a list shows: with `fixed` those that are fixed only, with `archived` those of the archive too."""

    fixed: bool = False
    archived: bool = False


def set_of(row: asyncpg.Record) -> StoredSet:
    """Read the set that a row of selection_set keeps."""
    values = dict(row)
    criteria = values.pop("criteria")
    return StoredSet(
        **(values | {"parents": tuple(values["parents"]), "totals": json.loads(values["totals"])}),
        criteria=json.loads(criteria) if criteria else None,
    )


async def get_set(connection: Connection, administration: str, set_id: UUID) -> StoredSet:
    """A set; NotFound when the administration has none with that id."""
    row = await connection.fetchrow(load_queries(QUERIES).get_set, administration, set_id)
    if row is None:
        raise NotFound(
            "unknown-set",
            "There is no set {set_id}.",
            set_id=set_id,
            field="set_id",
            remedy="See the list of sets for their ids.",
        )
    return set_of(row)


async def lock_set(connection: Connection, administration: str, set_id: UUID) -> StoredSet:
    """A set, kept from being changed by others until the transaction ends."""
    await connection.fetchval(load_queries(QUERIES).lock_set, administration, set_id)
    return await get_set(connection, administration, set_id)


async def lock_loose_set(connection: Connection, administration: str, set_id: UUID) -> StoredSet:
    """A set that may still be changed; Conflict when it is fixed."""
    found = await lock_set(connection, administration, set_id)
    if found.fixed:
        raise Conflict(
            "set-is-fixed",
            "The set {found.name} is fixed: its members never change.",
            found=found,
            field="set_id",
            remedy="Make a new set out of it, and fix that one.",
        )
    return found


async def fixed_set(connection: Connection, administration: str, set_id: UUID) -> StoredSet:
    """A fixed set of items, locked; Refused when it is another kind of set."""
    found = await lock_set(connection, administration, set_id)
    if not found.fixed:
        raise Refused(
            "set-not-fixed",
            "Only a fixed set can be written off.",
            field="set_id",
            remedy="Save the set as a fixed set, and check its control report.",
        )
    if found.set_type != "items":
        raise Refused(
            "no-set-of-items",
            "A set of parties cannot be written off.",
            field="set_id",
            remedy="Make the set of its items, save that as a fixed set, and check its control report.",
        )
    return found


async def new_id(connection: Connection) -> UUID:
    """An id that sorts by the time it was made."""
    made = await connection.fetchval(load_queries(QUERIES).new_id)
    assert isinstance(made, UUID), "the database gives a uuid"
    return made


async def insert_set(connection: Connection, scope: WorkScope, set_id: UUID, making: Making) -> StoredSet:
    """Keep a set whose members are there already, with their counts and totals."""
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
    return await get_set(connection, scope.administration, set_id)


async def freeze_set(connection: Connection, scope: WorkScope, set_id: UUID, name: str) -> StoredSet:
    """Fix a loose set under a name, with the fingerprint of its members and amounts."""
    await connection.execute(
        load_queries(QUERIES).fix_set, scope.administration, set_id, name, scope.employee, scope.now
    )
    return await get_set(connection, scope.administration, set_id)


async def set_name(connection: Connection, administration: str, set_id: UUID, name: str) -> StoredSet:
    """Keep another name of a set."""
    await connection.execute(load_queries(QUERIES).rename_set, administration, set_id, name)
    return await get_set(connection, administration, set_id)


async def put_in_archive(connection: Connection, scope: WorkScope, set_id: UUID) -> StoredSet:
    """Take a set out of the lists; one that was taken out before keeps its time."""
    await connection.execute(load_queries(QUERIES).archive_set, scope.administration, set_id, scope.now)
    return await get_set(connection, scope.administration, set_id)


async def name_is_taken(connection: Connection, administration: str, name: str, by_other_than: UUID) -> bool:
    """Whether another fixed set that is not in the archive has the name."""
    return bool(await connection.fetchval(load_queries(QUERIES).name_is_taken, administration, name, by_other_than))


async def page_of_sets(
    connection: Connection, administration: str, after: SetPlace | None, limit: int, listed: ListedSets
) -> list[asyncpg.Record]:
    """Sets without their members, newest first."""
    keys = after or (None, None)
    return await connection.fetch(load_queries(QUERIES).list_sets, administration, *keys, limit, *listed)


async def page_of_members(
    connection: Connection, administration: str, set_id: UUID, after: MemberPlace, limit: int
) -> list[asyncpg.Record]:
    """A set's members after a place, with what is known of their items now."""
    return await connection.fetch(load_queries(QUERIES).list_members, administration, set_id, *after, limit)
