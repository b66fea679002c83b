"""What sets say of one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.selection.domain.criteria import Criteria
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES
from services.selection.store.columns import with_columns
from services.selection.store.predicate import OPEN, compile_criteria


@dataclass(frozen=True, slots=True)
class ItemName:
    """What names an item in an administration: an id belongs to its party."""

    party_id: str
    item_id: str


async def item_is_known(connection: Connection, administration: str, item: ItemName) -> bool:
    """Whether the item was ever posted."""
    query = load_queries(QUERIES).item_is_known
    return bool(await connection.fetchval(query, administration, item.party_id, item.item_id))


async def sets_about_item(
    connection: Connection, administration: str, item: ItemName, limit: int
) -> list[asyncpg.Record]:
    """The newest sets of items, with the amount that each froze of the item; none where it is no member."""
    query = load_queries(QUERIES).sets_about_item
    return await connection.fetch(query, administration, item.party_id, item.item_id, limit)


async def met_parts(
    connection: Connection, scope: WorkScope, item: ItemName, parts: Sequence[Criteria]
) -> tuple[bool, ...]:
    """Whether the item is open, and then, part by part, whether it meets the criteria today."""
    texts = [OPEN]
    parameters: list[Any] = []
    for part in parts:
        predicate = compile_criteria(part, today=scope.today, first=5 + len(parameters))
        texts.append(f"({predicate.text}) IS TRUE")
        parameters += predicate.parameters
    statement = with_columns(load_queries(QUERIES).explain_item, texts)
    row = await connection.fetchrow(
        statement, scope.administration, scope.today, item.party_id, item.item_id, *parameters
    )
    assert row is not None, "the item was found a moment ago"
    return tuple(row.values())
