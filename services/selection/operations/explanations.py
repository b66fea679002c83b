"""Why an item is, or is not, in the newest sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database import Connection
from read_model.postings import UnknownItem
from services.selection.domain.criteria import Criteria, conjuncts
from services.selection.domain.text_form import as_text
from services.selection.domain.work_scope import WorkScope
from services.selection.store.explanations import ItemName, item_is_known, met_parts, sets_about_item
from services.selection.store.sets import StoredSet, get_set

MAX_SETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemInSet:
    """A set, the amount that it froze of an item (None: no member), and what the item does not meet today."""

    source: StoredSet
    open_amount: int | None
    unmet: tuple[str, ...]


async def explain_item(connection: Connection, scope: WorkScope, item: ItemName) -> list[ItemInSet]:
    """What each of the newest sets of items says of one item; NotFound when it was never posted."""
    if not await item_is_known(connection, scope.administration, item):
        raise UnknownItem(item.party_id, item.item_id)
    explained = []
    for row in await sets_about_item(connection, scope.administration, item, MAX_SETS):
        source = await get_set(connection, scope.administration, row["set_id"])
        unmet = await _unmet(connection, scope, item, conjuncts(source.tree))
        explained.append(ItemInSet(source=source, open_amount=row["open_amount"], unmet=unmet))
    return explained


async def _unmet(
    connection: Connection, scope: WorkScope, item: ItemName, parts: Sequence[Criteria]
) -> tuple[str, ...]:
    """That the item is open, and the parts of the criteria, as far as it does not meet them: in their text form."""
    met = await met_parts(connection, scope, item, parts)
    names = ["open_amount != 0", *map(as_text, parts)]
    return tuple(name for name, holds in zip(names, met, strict=True) if not holds)
