"""What can be asked, criteria read back in every form, and criteria saved under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from chassis.database import Connection
from chassis.errors import Refused
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
from chassis.service import Runtime
from services.selection.api.views import CriteriaInput, CriteriaView, criteria_of, criteria_view, scope_of
from services.selection.domain.catalogue import SetType, fields_of
from services.selection.domain.criteria import Criteria
from services.selection.operations.sets import MAX_MEMBERS, SelectionOrder, count_hits, effective
from services.selection.store.saved_criteria import (
    NamedCriteria,
    drop_criteria,
    get_criteria,
    keep_criteria,
    named_criteria_of,
    page_of_criteria,
)

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
    """Criteria as a tree or as text, and what they are to find."""

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


def saved_view(named: NamedCriteria) -> SavedView:
    """Saved criteria as they are shown."""
    return SavedView(
        name=named.name,
        set_type=named.set_type,
        maximum=named.maximum,
        criteria=criteria_view(named.criteria, named.set_type),
        employee=named.employee,
        saved_at=named.saved_at,
    )


def _asked(body: AskedCriteria) -> Criteria:
    tree = criteria_of(body.criteria, body.set_type)
    if tree is None:
        raise Refused("criteria-required", "Criteria are asked.", field="criteria", remedy="Give at least one.")
    return tree


def criteria_router(runtime: Runtime) -> APIRouter:
    """Routes of the catalogue, and of criteria by themselves."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["criteria"])
    _add_reading(router, runtime)
    _add_saving(router, runtime)
    _add_saved(router, runtime)
    return router


def _add_saving(router: APIRouter, runtime: Runtime) -> None:
    @router.put("/saved-criteria/{name}")
    async def save_criteria(
        administration: Administration, name: Name, body: CriteriaToSave, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Keep criteria under a name, to be run later; the name's earlier ones are replaced."""
        scope = await scope_of(runtime, actor, administration)
        named = NamedCriteria(
            name=name,
            set_type=body.set_type,
            criteria=_asked(body),
            maximum=body.maximum,
            employee=actor.employee,
            saved_at=scope.now,
        )

        async def operation(connection: Connection) -> CommandAnswer:
            await keep_criteria(connection, administration, named)
            return CommandAnswer(body=saved_view(await get_criteria(connection, administration, name)))

        return await run_command(runtime.database, command, operation)


def _add_saved(router: APIRouter, runtime: Runtime) -> None:
    @router.delete("/saved-criteria/{name}")
    async def forget_criteria(
        administration: Administration, name: Name, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Forget saved criteria; sets that they made stay."""

        async def operation(connection: Connection) -> CommandAnswer:
            forgotten = await get_criteria(connection, administration, name)
            await drop_criteria(connection, administration, name)
            return CommandAnswer(body=saved_view(forgotten))

        return await run_command(runtime.database, command, operation)

    @router.get("/saved-criteria")
    async def list_saved_criteria(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[SavedView]:
        """Criteria that are kept, by name."""
        after = _SAVED.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            rows = await page_of_criteria(connection, administration, after, limit + 1)
        return _SAVED.page(
            rows, limit, key=lambda row: str(row["name"]), show=lambda row: saved_view(named_criteria_of(row))
        )


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
        scope = await scope_of(runtime, actor, administration)
        order = SelectionOrder(body.set_type, criteria_of(body.criteria, body.set_type))
        async with runtime.database.snapshot() as connection:
            hits = await count_hits(connection, scope, order)
        evaluated = effective(order)
        shown: Any = criteria_view(evaluated, body.set_type) if evaluated is not None else None
        return CountView(hits=hits, criteria=shown)
