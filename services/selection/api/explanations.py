"""Routes: why an item is, or is not, in a set."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from chassis.database import Connection
from chassis.http import Administration, AnyActor, View
from chassis.queries import load_queries
from chassis.service import Runtime
from read_model.postings import UnknownItem
from services.selection.api.views import scope_of
from services.selection.domain.criteria import Criteria, Group
from services.selection.domain.export_formats import with_columns
from services.selection.domain.text_form import as_text
from services.selection.store.predicate import compile_criteria
from services.selection.store.sets import QUERIES, Scope, get_set

MAX_SETS = 20


class ExplanationView(View):
    """One of the newest sets, and whether the item is in it; `unmet` is what the item does not meet today."""

    set_id: UUID
    name: str | None
    fixed: bool
    member: bool
    open_amount: int | None
    unmet: tuple[str, ...]


def add_explanation_routes(router: APIRouter, runtime: Runtime) -> None:
    """What sets say of one item."""

    @router.get("/parties/{party_id}/items/{item_id:path}")
    async def explain(
        administration: Administration, party_id: str, item_id: str, actor: AnyActor
    ) -> tuple[ExplanationView, ...]:
        """Why an item is, or is not, in the twenty newest sets of items."""
        scope = scope_of(actor, administration)
        queries = load_queries(QUERIES)
        async with runtime.database.snapshot() as connection:
            known = await connection.fetchval(queries.item_is_known, administration, party_id, item_id)
            if not known:
                raise UnknownItem(party_id, item_id)
            rows = await connection.fetch(queries.sets_about_item, administration, party_id, item_id, MAX_SETS)
            found = []
            for row in rows:
                source = await get_set(connection, administration, row["set_id"])
                unmet = await _unmet(connection, scope, (party_id, item_id), source.tree)
                found.append(
                    ExplanationView(
                        set_id=source.set_id,
                        name=source.name,
                        fixed=source.fixed,
                        member=row["open_amount"] is not None,
                        open_amount=row["open_amount"],
                        unmet=unmet,
                    )
                )
        return tuple(found)


async def _unmet(connection: Connection, scope: Scope, item: tuple[str, str], tree: Criteria | None) -> tuple[str, ...]:
    """The parts of criteria that the item does not meet today, in their text form."""
    parts = tree.parts if isinstance(tree, Group) and tree.joined == "all" else (tree,) if tree is not None else ()
    texts = ["candidate.open_amount <> 0"]
    parameters: list[Any] = []
    for part in parts:
        predicate = compile_criteria(part, today=scope.today, first=5 + len(parameters))
        texts.append(f"({predicate.text}) IS TRUE")
        parameters += predicate.parameters
    statement = with_columns(load_queries(QUERIES).explain_item, texts)
    row = await connection.fetchrow(statement, scope.administration, scope.today, *item, *parameters)
    assert row is not None, "the item was found a moment ago"
    names = ["open_amount != 0", *map(as_text, parts)]
    return tuple(name for name, met in zip(names, row.values(), strict=True) if not met)
