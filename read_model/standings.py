"""The routes that tell how what somebody would tell compares with what a service knows: for imports, before and after.

Nothing is stored. Each service answers for itself, so that an import can say what became of each row in all of them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, ValidationError
from pydantic_core import to_json

from chassis.consuming.validation import contract_violation
from chassis.database import Connection
from chassis.errors import Refused
from chassis.http import MEBIBYTE, Administration, RequestBody, RequestPart, View
from chassis.queries import load_queries
from chassis.service import Runtime
from contracts.event import Identifier
from contracts.library import Facts, PartyUpdated
from read_model.parties import QUERIES
from read_model.versions import standing, standing_of

MAX_ASKED = 1_000
MAX_BODY_BYTES = 4 * MEBIBYTE


class AskedItem(RequestPart):
    """What never changes of an item that somebody would post."""

    party_id: Identifier
    item_id: Identifier
    amount: int
    currency: Annotated[str, Field(max_length=3)]
    base_amount: int | None = None
    kind: Annotated[str, Field(max_length=64)]
    journal: Annotated[str, Field(max_length=64)]
    voucher: Annotated[str, Field(max_length=64)]
    item_date: date

    @property
    def facts(self) -> Facts:
        """As a posting has them."""
        return (self.amount, self.currency, self.base_amount, self.kind, self.journal, self.voucher, self.item_date)


class AskedItems(RequestBody):
    """Items, told apart by their place in this list."""

    items: Annotated[tuple[AskedItem, ...], Field(min_length=1, max_length=MAX_ASKED)]


class ItemStandings(View):
    """The indexes of those of the items that are posted, as they were asked for and otherwise; the rest is not."""

    same: tuple[int, ...]
    open_amounts: Annotated[tuple[int, ...], Field(description="What is open of each of `same`, in minor units")]
    other: Annotated[tuple[int, ...], Field(description="Posted with another amount, currency, kind, journal, …")]


class AskedParties(RequestBody):
    """Master data as `party-updated` tells it, told apart by its place in this list."""

    parties: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MAX_ASKED)]


class PartyStanding(View):
    """A party that is known: under which version, and whether its master data is what was asked for."""

    index: int
    version: int
    is_same: bool


class PartyStandings(View):
    """Those of the parties that are known; the rest is not."""

    known: tuple[PartyStanding, ...]


def add_standing_routes(router: APIRouter, runtime: Runtime, package: str = QUERIES) -> None:
    """`/standings/…`, below the administration; the package's query `standing_items` looks items up."""

    @router.post("/standings/items", max_body_size=MAX_BODY_BYTES)
    async def item_standings(administration: Administration, body: AskedItems) -> ItemStandings:
        """Which of these items are posted already, as they are told here or otherwise, and what is open of them."""
        async with runtime.database.snapshot() as connection:
            return await _items(connection, administration, body, package)

    @router.post("/standings/parties", max_body_size=MAX_BODY_BYTES)
    async def party_standings(administration: Administration, body: AskedParties) -> PartyStandings:
        """Which of these parties are known, under which version, and whether with the same master data."""
        asked = [_party(administration, index, data) for index, data in enumerate(body.parties)]
        async with runtime.database.snapshot() as connection:
            return await _parties(connection, asked)


async def _items(connection: Connection, administration: str, body: AskedItems, package: str) -> ItemStandings:
    rows = await connection.fetch(
        load_queries(package).standing_items,
        administration,
        [item.party_id for item in body.items],
        [item.item_id for item in body.items],
    )
    same, open_amounts, other = [], [], []
    for row in rows:
        index = row["position"] - 1
        if tuple(row)[1:-1] == body.items[index].facts:
            same.append(index)
            open_amounts.append(row["open_amount"])
        else:
            other.append(index)
    return ItemStandings(same=tuple(same), open_amounts=tuple(open_amounts), other=tuple(other))


def _party(administration: str, index: int, data: dict[str, Any]) -> PartyUpdated:
    try:
        return PartyUpdated.model_validate_json(to_json(data | {"administration": administration}))
    except ValidationError as error:
        poison = contract_violation(error)
        field = f"parties/{index}/{poison.field}"
        raise Refused(poison.code, poison.message, field=field, remedy=poison.remedy) from error


async def _parties(connection: Connection, asked: list[PartyUpdated]) -> PartyStandings:
    administrations = [party.administration for party in asked]
    party_ids = [party.party_id for party in asked]
    rows = await connection.fetch(load_queries(QUERIES).stored_parties, administrations, party_ids)
    stored = standing(rows, 2)
    known = []
    for index, party in enumerate(asked):
        found = stored.get((party.administration, party.party_id))
        if found is not None:
            is_same = found.content == standing_of(party).content
            known.append(PartyStanding(index=index, version=found.version, is_same=is_same))
    return PartyStandings(known=tuple(known))
