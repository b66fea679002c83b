"""Sets as they are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.queries import load_queries
from services.selection.domain.catalogue import SetType
from services.selection.domain.criteria import Criteria, read_criteria

QUERIES = "services.selection"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when an employee works; every change says all of it."""

    administration: str
    employee: str
    now: datetime

    @property
    def today(self) -> date:
        """The day on which ages and overdue days are counted."""
        return self.now.date()


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
        return read_criteria(self.criteria, "items" if self.origin == "parties-of" else self.set_type)


def set_of(row: asyncpg.Record) -> StoredSet:
    """A row of selection_set."""
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
