"""What settled an item: money, a waiver, other credits; and what of it is open."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from chassis.http import Administration, View
from chassis.service import Runtime
from services.writeoff.operations.settled import settled_item


class SettledItem(View):
    """An item's amount by what became of it, in minor units of its currency: the parts add up to the amount."""

    item_id: str
    currency: str
    amount: int
    paid_amount: int | None = Field(description="By money; null where no event can name the item, and nothing is kept")
    waived_amount: int = Field(description="Written off, or let go as a difference")
    credited_amount: int | None = Field(description="By other credits, and what was left as a remainder")
    open_amount: int


def settled_router(runtime: Runtime) -> APIRouter:
    """The parts of one item."""
    router = APIRouter()

    @router.get("/parties/{party_id}/items/{item_id}/settled")
    async def settled(administration: Administration, party_id: str, item_id: str) -> SettledItem:
        """What of an item was paid, waived and credited, and what is open."""
        async with runtime.database.snapshot() as connection:
            item, parts = await settled_item(connection, (administration, party_id, item_id))
        credited = None if parts.paid is None else item.amount - item.open_amount - parts.paid - parts.waived
        return SettledItem(
            item_id=item.item_id,
            currency=item.currency,
            amount=item.amount,
            paid_amount=parts.paid,
            waived_amount=parts.waived,
            credited_amount=credited,
            open_amount=item.open_amount,
        )

    return router
