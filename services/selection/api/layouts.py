"""Routes: layouts, which are choices of export columns that are kept under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    RequestBody,
    View,
    run_command,
    shown_as,
)
from chassis.queries import load_queries
from chassis.service import Runtime
from services.selection.api.views import scope_of
from services.selection.domain.export_formats import chosen_fields
from services.selection.store.sets import QUERIES

Name = Annotated[str, Path(min_length=1, max_length=200)]
MAX_FIELDS = 100
_LAYOUTS = Keyset("layouts", str)


class LayoutToSave(RequestBody):
    """Columns by name, in their order."""

    fields: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_FIELDS)]


class LayoutView(View):
    """A choice of columns."""

    name: str
    fields: tuple[str, ...]
    employee: str
    saved_at: datetime


async def layout_fields(connection: Connection, administration: str, name: str) -> list[str]:
    """The columns of a layout; NotFound when there is none of that name."""
    row = await connection.fetchrow(load_queries(QUERIES).get_layout, administration, name)
    if row is None:
        raise NotFound(
            "unknown-layout", "No layout is called {name!r}.", name=name, field="layout", remedy="See the layouts."
        )
    return list(row["fields"])


def add_layout_routes(router: APIRouter, runtime: Runtime) -> None:
    """Keeping, listing and forgetting layouts."""

    @router.put("/layouts/{name}")
    async def save_layout(
        administration: Administration, name: Name, body: LayoutToSave, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Keep a choice of columns under a name."""
        scope = scope_of(actor, administration)
        fields = [field.name for field in chosen_fields(body.fields, "items")]

        async def operation(connection: Connection) -> CommandAnswer:
            queries = load_queries(QUERIES)
            await connection.execute(queries.save_layout, administration, name, fields, scope.employee, scope.now)
            row = await connection.fetchrow(queries.get_layout, administration, name)
            assert row is not None, "it was kept a moment ago"
            return CommandAnswer(body=shown_as(LayoutView)(row))

        return await run_command(runtime.database, command, operation)

    @router.get("/layouts")
    async def list_layouts(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[LayoutView]:
        """Layouts, by name."""
        after = _LAYOUTS.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(QUERIES).list_layouts, administration, after, limit + 1)
        return _LAYOUTS.page(rows, limit, key=lambda row: str(row["name"]), show=shown_as(LayoutView))

    @router.delete("/layouts/{name}")
    async def delete_layout(
        administration: Administration, name: Name, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Forget a layout."""

        async def operation(connection: Connection) -> CommandAnswer:
            await layout_fields(connection, administration, name)
            queries = load_queries(QUERIES)
            row = await connection.fetchrow(queries.get_layout, administration, name)
            assert row is not None, "it was read a moment ago"
            await connection.execute(queries.delete_layout, administration, name)
            return CommandAnswer(body=shown_as(LayoutView)(row))

        return await run_command(runtime.database, command, operation)
