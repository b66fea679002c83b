"""The route that tells what is open by this service, for comparison with the other services."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from chassis.http import DEFAULT_LIMIT, Administration, Cursor, Keyset, Limit, Page
from chassis.queries import load_queries
from chassis.service import Runtime


class OpenTotal(BaseModel):
    """What is open of a party in one currency, in minor units, by this service."""

    model_config = ConfigDict(frozen=True)

    party_id: str
    currency: str
    open_amount: int
    items: int


class TotalKey(NamedTuple):
    """The order of open totals."""

    party_id: str
    currency: str


_TOTALS = Keyset("audit-totals", TotalKey)


def add_totals_route(router: APIRouter, runtime: Runtime, package: str = "read_model") -> None:
    """`/audit/totals`, below the administration; the package's query `open_totals` adds up what is open."""

    @router.get("/audit/totals")
    async def totals(
        administration: Administration,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[OpenTotal]:
        """Open totals per party and currency, where something is open."""
        after = _TOTALS.decode(cursor) or TotalKey("", "")
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries(package).open_totals, administration, *after, limit + 1)
        return _TOTALS.page(
            rows,
            limit,
            key=lambda row: TotalKey(row["party_id"], row["currency"]),
            show=lambda row: OpenTotal.model_validate(dict(row)),
        )
