"""Layouts, which are choices of export columns that are kept under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
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
from chassis.service import Runtime
from services.selection.api.views import scope_of
from services.selection.domain.export_formats import chosen_fields
from services.selection.store.layouts import drop_layout, get_layout, keep_layout, page_of_layouts

Name = Annotated[str, Path(min_length=1, max_length=200)]
MAX_FIELDS = 100
_LAYOUTS = Keyset("layouts", str)


class LayoutToSave(RequestBody):
    """Columns by name, in their order."""

    fields: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_FIELDS)]


class LayoutView(View):
    """A choice of export columns that somebody saved."""

    name: str
    fields: tuple[str, ...]
    employee: str
    saved_at: datetime


def layout_router(runtime: Runtime) -> APIRouter:
    """Routes that keep, list and forget layouts."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["layouts"])

    @router.put("/layouts/{name}")
    async def save_layout(
        administration: Administration, name: Name, body: LayoutToSave, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Keep a choice of columns under a name."""
        scope = await scope_of(runtime, actor, administration)
        fields = [field.name for field in chosen_fields(body.fields, "items")]

        async def operation(connection: Connection) -> CommandAnswer:
            await keep_layout(connection, scope, name, fields)
            return CommandAnswer(body=shown_as(LayoutView)(await get_layout(connection, administration, name)))

        return await run_command(runtime.database, command, operation)

    @router.get("/layouts")
    async def list_layouts(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[LayoutView]:
        """The saved layouts in the order of their names."""
        after = _LAYOUTS.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await page_of_layouts(connection, administration, after, limit + 1)
        return _LAYOUTS.page(rows, limit, key=lambda row: str(row["name"]), show=shown_as(LayoutView))

    @router.delete("/layouts/{name}")
    async def delete_layout(
        administration: Administration, name: Name, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Forget a layout that was saved; exports made with it stay."""

        async def operation(connection: Connection) -> CommandAnswer:
            forgotten = await get_layout(connection, administration, name)
            await drop_layout(connection, administration, name)
            return CommandAnswer(body=shown_as(LayoutView)(forgotten))

        return await run_command(runtime.database, command, operation)

    return router
