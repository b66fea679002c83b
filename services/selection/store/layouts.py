"""Layouts: choices of export columns that are kept under a name."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES


async def keep_layout(connection: Connection, scope: WorkScope, name: str, fields: Sequence[str]) -> None:
    """Keep columns, in their order, under a name."""
    await connection.execute(
        load_queries(QUERIES).save_layout, scope.administration, name, list(fields), scope.employee, scope.now
    )


async def get_layout(connection: Connection, administration: str, name: str) -> asyncpg.Record:
    """The layout of that name; NotFound when there is none."""
    row = await connection.fetchrow(load_queries(QUERIES).get_layout, administration, name)
    if row is None:
        raise NotFound(
            "unknown-layout", "No layout is called {name!r}.", name=name, field="layout", remedy="See the layouts."
        )
    return row


async def page_of_layouts(connection: Connection, administration: str, after: str, limit: int) -> list[asyncpg.Record]:
    """Layouts after a name, by name."""
    return await connection.fetch(load_queries(QUERIES).list_layouts, administration, after, limit)


async def drop_layout(connection: Connection, administration: str, name: str) -> None:
    """Forget the layout of that name."""
    await connection.execute(load_queries(QUERIES).delete_layout, administration, name)
