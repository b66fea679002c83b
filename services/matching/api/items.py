"""Items and accounts, and why an item is as it is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.http import Administration, Keyset, Page
from chassis.service import Runtime
from services.matching.api.list_pages import Paging
from services.matching.api.views import (
    CurrencyTotal,
    Explanation,
    ItemView,
    MatchView,
    show_explanation,
    show_item,
    show_match,
)
from services.matching.domain.list_order import ItemPlace, MatchPlace, Stretch
from services.matching.operations import inquiries

_ITEMS = Keyset("ledger-items", ItemPlace)
_MATCHES = Keyset("matches", MatchPlace)


def item_router(runtime: Runtime) -> APIRouter:
    """Routes that show items, and why they were matched or not."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["items"])

    @router.get("/items")
    async def items(
        administration: Administration,
        party_id: Annotated[str | None, Query(max_length=64)] = None,
        *,
        only_open: bool = True,
        paging: Paging,
    ) -> Page[ItemView]:
        """Items with what is open of them, by party and id; with `only_open=false` also the settled ones."""
        stretch = Stretch(_ITEMS.decode(paging.cursor) or ItemPlace(), paging.limit + 1)
        async with runtime.database.snapshot() as connection:
            rows = await inquiries.find_items(connection, administration, party_id, stretch, only_open=only_open)
        return _ITEMS.page(
            rows, paging.limit, key=lambda row: ItemPlace(row["party_id"], row["item_id"]), show=show_item
        )

    @router.get("/parties/{party_id}/items/{item_id:path}")
    async def explain(administration: Administration, party_id: str, item_id: str) -> Explanation:
        """One item: what settled it, who undid that, and what keeps a run from taking it now."""
        async with runtime.database.snapshot() as connection:
            return show_explanation(await inquiries.explain_item(connection, administration, party_id, item_id))

    @router.get("/parties/{party_id}/account")
    async def account(administration: Administration, party_id: str) -> tuple[CurrencyTotal, ...]:
        """What is open of a party, per currency."""
        async with runtime.database.snapshot() as connection:
            rows = await inquiries.account_totals(connection, administration, party_id)
        return tuple(
            CurrencyTotal(**{**dict(row), "charges": row["charges"] or 0, "credits": row["credits"] or 0})
            for row in rows
        )

    _add_matches(router, runtime)
    return router


def _add_matches(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/matches")
    async def matches(
        administration: Administration,
        party_id: Annotated[str | None, Query(max_length=64)] = None,
        run_id: UUID | None = None,
        *,
        paging: Paging,
    ) -> Page[MatchView]:
        """Clearing entries and reversals, by party and in the order in which they were booked."""
        stretch = Stretch(_MATCHES.decode(paging.cursor) or MatchPlace(), paging.limit + 1)
        async with runtime.database.snapshot() as connection:
            found = await inquiries.find_matches(connection, administration, party_id, run_id, stretch)
        return _MATCHES.page(
            found, paging.limit, key=lambda match: MatchPlace(match.party_id, match.sequence), show=show_match
        )
