"""Why an item is, or is not, in a set."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.http import Administration, AnyActor, View
from chassis.service import Runtime
from services.selection.api.views import scope_of, spoken_language
from services.selection.domain.sentences import phrase
from services.selection.domain.text_form import parse
from services.selection.operations.explanations import ItemInSet, explain_item
from services.selection.store.explanations import ItemName


class SetOfItemView(View):
    """One of the newest sets, and whether the item is in it; `unmet` is what the item does not meet today."""

    set_id: UUID
    name: str | None
    fixed: bool
    member: bool
    open_amount: int | None
    unmet: tuple[str, ...]
    unmet_in_words: tuple[str, ...] = Field(description="The same in the reader's language")


def explained_view(explained: ItemInSet) -> SetOfItemView:
    """What a set says of an item, as it is shown."""
    return SetOfItemView(
        set_id=explained.source.set_id,
        name=explained.source.name,
        fixed=explained.source.fixed,
        member=explained.open_amount is not None,
        open_amount=explained.open_amount,
        unmet=explained.unmet,
        unmet_in_words=tuple(phrase(parse(part, "items"), spoken_language()) for part in explained.unmet),
    )


def explanation_router(runtime: Runtime) -> APIRouter:
    """The route that says what sets hold of one item."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["explanations"])

    @router.get("/parties/{party_id}/items/{item_id:path}")
    async def explain(
        administration: Administration, party_id: str, item_id: str, actor: AnyActor
    ) -> tuple[SetOfItemView, ...]:
        """Why an item is, or is not, in the twenty newest sets of items."""
        scope = await scope_of(runtime, actor, administration)
        async with runtime.database.snapshot() as connection:
            found = await explain_item(connection, scope, ItemName(party_id, item_id))
        return tuple(map(explained_view, found))

    return router
