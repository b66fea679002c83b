"""Routes: what can be asked, criteria read back in every form, and criteria saved under a name."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.errors import NotFound, Refused
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    AnyActor,
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
)
from chassis.queries import load_queries
from chassis.service import Runtime
from services.selection.api.views import CriteriaInput, CriteriaView, criteria_of, criteria_view, scope_of
from services.selection.domain.catalogue import SetType, fields_of
from services.selection.domain.criteria import Criteria, as_json, read_criteria
from services.selection.operations.sets import MAX_MEMBERS, SelectionOrder, count_hits, effective
from services.selection.store.sets import QUERIES

Name = Annotated[str, Path(min_length=1, max_length=200)]
_SAVED = Keyset("saved-criteria", str)


class FieldView(View):
    """A field of the catalogue."""

    name: str
    tab: str = Field(description="customer or items")
    type: str
    operators: tuple[str, ...]
    units: tuple[str, ...]
    choices: tuple[str, ...]
    labels: dict[str, str]


class CatalogueView(View):
    """Everything that a set of this type can ask."""

    set_type: SetType
    fields: tuple[FieldView, ...]


class AskedCriteria(RequestBody):
    """Criteria in either form."""

    set_type: SetType = "items"
    criteria: CriteriaInput = None


class CountView(View):
    """How many items or accounts meet the criteria now."""

    hits: int
    criteria: CriteriaView | None = Field(description="As they are evaluated")


class CriteriaToSave(AskedCriteria):
    """Criteria to be run by name."""

    maximum: Annotated[int, Field(ge=1, le=MAX_MEMBERS)] | None = None


class SavedView(View):
    """Criteria that are kept under a name."""

    name: str
    set_type: SetType
    maximum: int | None
    criteria: CriteriaView
    employee: str
    saved_at: datetime


def saved_view(row: asyncpg.Record) -> SavedView:
    """Saved criteria as they are shown."""
    tree = read_criteria(json.loads(row["criteria"]), row["set_type"])
    return SavedView(**(dict(row) | {"criteria": criteria_view(tree, row["set_type"])}))


async def saved_criteria(
    connection: Connection, administration: str, name: str
) -> tuple[SetType, Criteria, int | None]:
    """Type, criteria and maximum that were saved under a name; NotFound when there are none."""
    row = await connection.fetchrow(load_queries(QUERIES).get_saved_criteria, administration, name)
    if row is None:
        raise NotFound("unknown-criteria", "No criteria are saved as {name!r}.", name=name, field="saved")
    return row["set_type"], read_criteria(json.loads(row["criteria"]), row["set_type"]), row["maximum"]


def _asked(body: AskedCriteria) -> Criteria:
    tree = criteria_of(body.criteria, body.set_type)
    if tree is None:
        raise Refused("criteria-required", "Criteria are asked.", field="criteria", remedy="Give at least one.")
    return tree


def add_criteria_routes(router: APIRouter, runtime: Runtime) -> None:
    """The catalogue, and criteria by themselves."""
    _add_reading(router, runtime)
    _add_saving(router, runtime)
    _add_saved(router, runtime)


def _add_saving(router: APIRouter, runtime: Runtime) -> None:
    @router.put("/saved-criteria/{name}")
    async def save_criteria(
        administration: Administration, name: Name, body: CriteriaToSave, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Keep criteria under a name, to be run later; the name's earlier ones are replaced."""
        scope = scope_of(actor, administration)
        tree = _asked(body)

        async def operation(connection: Connection) -> CommandAnswer:
            queries = load_queries(QUERIES)
            values = (body.set_type, json.dumps(as_json(tree)), body.maximum, actor.employee, scope.now)
            await connection.execute(queries.save_criteria, administration, name, *values)
            row = await connection.fetchrow(queries.get_saved_criteria, administration, name)
            assert row is not None, "it was kept a moment ago"
            return CommandAnswer(body=saved_view(row))

        return await run_command(runtime.database, command, operation)


def _add_saved(router: APIRouter, runtime: Runtime) -> None:
    @router.delete("/saved-criteria/{name}")
    async def forget_criteria(
        administration: Administration, name: Name, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Forget saved criteria; sets that they made stay."""

        async def operation(connection: Connection) -> CommandAnswer:
            await saved_criteria(connection, administration, name)
            queries = load_queries(QUERIES)
            row = await connection.fetchrow(queries.get_saved_criteria, administration, name)
            assert row is not None, "it was read a moment ago"
            await connection.execute(queries.delete_saved_criteria, administration, name)
            return CommandAnswer(body=saved_view(row))

        return await run_command(runtime.database, command, operation)

    @router.get("/saved-criteria")
    async def list_saved_criteria(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[SavedView]:
        """Criteria that are kept, by name."""
        after = _SAVED.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(QUERIES).list_saved_criteria, administration, after, limit + 1)
        return _SAVED.page(rows, limit, key=lambda row: str(row["name"]), show=saved_view)


def _add_reading(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/fields")
    async def list_fields(administration: Administration, set_type: SetType = "items") -> CatalogueView:
        """The fields that criteria can ask and exports can show, with their types, operators and labels."""
        fields = tuple(
            FieldView(
                name=field.name,
                tab="customer" if field.of_party else "items",
                type=field.type.value,
                operators=field.operators,
                units=field.units,
                choices=field.choices,
                labels={str(language): label for language, label in field.labels.items()},
            )
            for field in fields_of(set_type)
        )
        return CatalogueView(set_type=set_type, fields=fields)

    @router.post("/criteria")
    async def read_back(administration: Administration, body: AskedCriteria) -> CriteriaView:
        """Criteria in every form: JSON, compact text, and a sentence in each language. Changes nothing."""
        return criteria_view(_asked(body), body.set_type)

    @router.post("/criteria/count")
    async def count(administration: Administration, body: AskedCriteria, actor: AnyActor) -> CountView:
        """How many items or accounts meet the criteria now. Changes nothing."""
        scope = scope_of(actor, administration)
        order = SelectionOrder(body.set_type, criteria_of(body.criteria, body.set_type))
        async with runtime.database.snapshot() as connection:
            hits = await count_hits(connection, scope, order)
        evaluated = effective(order)
        shown: Any = criteria_view(evaluated, body.set_type) if evaluated is not None else None
        return CountView(hits=hits, criteria=shown)
