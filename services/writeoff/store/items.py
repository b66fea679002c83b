"""Items of the read model, as decisions see them."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from chassis.database import Connection, columns
from chassis.queries import load_queries
from services.writeoff.domain.requests import Item, PartyKey
from services.writeoff.domain.rules import ItemReference
from services.writeoff.store import QUERIES


async def load_items(connection: Connection, keys: Iterable[tuple[str, str, str]]) -> dict[PartyKey, dict[str, Item]]:
    """The given items (administration, party_id, item_id) that are posted, by party and id."""
    rows = await connection.fetch(load_queries(QUERIES).load_items, *columns(sorted(set(keys)), 3))
    return _by_party_and_id(rows)


async def load_named_items(
    connection: Connection, names: Iterable[tuple[PartyKey, ItemReference]]
) -> dict[PartyKey, dict[str, Item]]:
    """The charges that events call by these names, by party, in the order of their ids.

    The order makes that outcomes never depend on how items came.
    """
    rows = await connection.fetch(
        load_queries(QUERIES).named_items, *columns(dict.fromkeys((*party, *name) for party, name in names), 8)
    )
    return {party: dict(sorted(known.items())) for party, known in _by_party_and_id(rows).items()}


async def open_charges(connection: Connection, administration: str, party_id: str, limit: int) -> list[str]:
    """The ids of what a party owes, oldest first."""
    rows = await connection.fetch(load_queries(QUERIES).open_charges, administration, party_id, limit)
    return [row["item_id"] for row in rows]


def _by_party_and_id(rows: Iterable[asyncpg.Record]) -> dict[PartyKey, dict[str, Item]]:
    """Items as the queries select them: administration and party, then the fields of Item in their order."""
    items: dict[PartyKey, dict[str, Item]] = {}
    for row in rows:
        item = Item._make(row[2:])
        party = items.get(row[:2])
        if party is None:
            party = items[row[:2]] = {}
        party[item.item_id] = item
    return items


def item_of(row: asyncpg.Record) -> Item:
    """The item in a row that has more than the item."""
    return Item._make(row[field] for field in Item._fields)
