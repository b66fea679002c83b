"""Whether the books are right."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter

from chassis.audits import Audit
from chassis.http import AnyActor, Keyset, Page, in_administration
from chassis.service import Runtime
from services.matching.api.places import Paging
from services.matching.api.views import View
from services.matching.operations.reading import audit
from services.matching.store import reports as store


class OpenTotal(View):
    """What the ledger has open of a party in one currency."""

    party_id: str
    currency: str
    open_amount: int
    items: int


class TotalPlace(NamedTuple):
    """Where the list of totals goes on."""

    party_id: str
    currency: str


_TOTALS = Keyset("open-totals", TotalPlace)


def audit_router(runtime: Runtime) -> APIRouter:
    """Routes that recompute."""
    router = APIRouter(prefix="/administrations/{administration}/audit", tags=["audit"])

    @router.get("")
    async def recompute(administration: str, actor: AnyActor) -> Audit:
        """Recompute open amounts and the balance of every match from the stored facts, and name what does not hold."""
        in_administration(actor, administration)
        async with runtime.database.snapshot() as connection:
            return await audit(connection, administration)

    @router.get("/totals")
    async def totals(administration: str, actor: AnyActor, paging: Paging) -> Page[OpenTotal]:
        """Open totals per party and currency, for comparison with the other services."""
        in_administration(actor, administration)
        place = _TOTALS.decode(paging.cursor) or TotalPlace("", "")
        async with runtime.database.snapshot() as connection:
            rows = await store.open_totals(connection, administration, place, paging.limit + 1)
        return _TOTALS.page(
            rows,
            paging.limit,
            key=lambda row: TotalPlace(row["party_id"], row["currency"]),
            show=lambda row: OpenTotal.model_validate(dict(row)),
        )

    return router
