"""Criteria that are kept under a name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.selection.domain.catalogue import SetType
from services.selection.domain.criteria import Criteria, as_json, read_criteria
from services.selection.store import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCriteria:
    """Criteria under a name; `maximum` is the most hits that a set made by them takes."""

    name: str
    set_type: SetType
    criteria: Criteria
    maximum: int | None
    employee: str
    saved_at: datetime


async def keep_criteria(connection: Connection, administration: str, named: NamedCriteria) -> None:
    """Keep criteria under their name, instead of the name's earlier ones."""
    await connection.execute(
        load_queries(QUERIES).save_criteria,
        administration,
        named.name,
        named.set_type,
        json.dumps(as_json(named.criteria)),
        named.maximum,
        named.employee,
        named.saved_at,
    )


async def get_criteria(connection: Connection, administration: str, name: str) -> NamedCriteria:
    """The criteria of that name; NotFound when there are none."""
    row = await connection.fetchrow(load_queries(QUERIES).get_saved_criteria, administration, name)
    if row is None:
        raise NotFound(
            "unknown-criteria",
            "No criteria are saved as {name!r}.",
            name=name,
            field="saved",
            remedy="See the list of saved criteria.",
        )
    return named_criteria_of(row)


async def page_of_criteria(connection: Connection, administration: str, after: str, limit: int) -> list[asyncpg.Record]:
    """Saved criteria after a name, by name; see `named_criteria_of`."""
    return await connection.fetch(load_queries(QUERIES).list_saved_criteria, administration, after, limit)


async def drop_criteria(connection: Connection, administration: str, name: str) -> None:
    """Forget the criteria of that name."""
    await connection.execute(load_queries(QUERIES).delete_saved_criteria, administration, name)


def named_criteria_of(row: asyncpg.Record) -> NamedCriteria:
    """Read the criteria that a row of saved_criteria keeps."""
    return NamedCriteria(**(dict(row) | {"criteria": read_criteria(json.loads(row["criteria"]), row["set_type"])}))
