"""Items and accounts, and why an item is as it is."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.http import Administration, Keyset, Page
from chassis.service import Runtime
from read_model.postings import UnknownItem
from services.matching.api.list_pages import Paging
from services.matching.api.views import (
    CurrencyTotal,
    Explanation,
    ItemView,
    MatchView,
    Reservation,
    obstacles,
    show_item,
    show_match,
)
from services.matching.store import reports as store


class ItemPlace(NamedTuple):
    """Where a list of items goes on."""

    party_id: str
    item_id: str


class MatchPlace(NamedTuple):
    """Where a list of matches goes on."""

    party_id: str
    sequence: int


_ITEMS = Keyset("ledger-items", ItemPlace)
_MATCHES = Keyset("matches", MatchPlace)


def item_router(runtime: Runtime) -> APIRouter:
    """Routes that read."""
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
        place = _ITEMS.decode(paging.cursor) or ItemPlace("", "")
        async with runtime.database.snapshot() as connection:
            page = (*place, paging.limit + 1)
            rows = await store.list_items(connection, administration, party_id, page, only_open=only_open)
        return _ITEMS.page(
            rows, paging.limit, key=lambda row: ItemPlace(row["party_id"], row["item_id"]), show=show_item
        )

    @router.get("/parties/{party_id}/items/{item_id:path}")
    async def explain(administration: Administration, party_id: str, item_id: str) -> Explanation:
        """One item: what settled it, who undid that, and what keeps a run from taking it now."""
        async with runtime.database.snapshot() as connection:
            row = await store.find_item(connection, administration, party_id, item_id)
            if row is None:
                raise UnknownItem(party_id, item_id)
            matches = await store.matches_of_item(connection, administration, party_id, item_id)
            held = await store.find_reservation(connection, administration, party_id, item_id)
        item = show_item(row)
        reservation = Reservation.model_validate(dict(held)) if held else None
        return Explanation(
            item=item,
            matches=tuple(map(show_match, matches)),
            reservation=reservation,
            not_matched_because=obstacles(item, reservation),
        )

    @router.get("/parties/{party_id}/account")
    async def account(administration: Administration, party_id: str) -> tuple[CurrencyTotal, ...]:
        """What is open of a party, per currency."""
        async with runtime.database.snapshot() as connection:
            rows = await store.account_totals(connection, administration, party_id)
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
        place = _MATCHES.decode(paging.cursor) or MatchPlace("", 0)
        async with runtime.database.snapshot() as connection:
            rows = await store.list_matches(connection, administration, party_id, run_id, (*place, paging.limit + 1))
        return _MATCHES.page(
            rows, paging.limit, key=lambda row: MatchPlace(row["party_id"], row["sequence"]), show=show_match
        )
