"""Overviews of accounts: who is within the limits, what settled what, what an exchange adjustment booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from chassis.database import Connection
from chassis.http import Administration, Keyset, Page, View
from chassis.service import Runtime
from read_model.parties import get_administration
from services.matching.api.list_pages import Paging
from services.matching.api.streams import PAGE_ROWS, Format, Parties, Rows, party_rows, stream
from services.matching.domain.criteria import check_range
from services.matching.domain.ledger import allocations_of
from services.matching.store import reports as store
from services.matching.store import revaluations, runs


@dataclass(frozen=True, slots=True)
class Accounts(Parties):
    """Accounts of a range, a group and a kind of parties, and of a range of currencies."""

    party_group: Annotated[str | None, Query(max_length=64)] = None
    party_kind: Literal["debtor", "creditor"] | None = None
    currency_from: Annotated[str | None, Query(max_length=3)] = None
    currency_to: Annotated[str | None, Query(max_length=3)] = None

    def __post_init__(self) -> None:
        """Refuse ranges that go backwards, as runs do."""
        Parties.__post_init__(self)
        check_range("currency", self.currency_from, self.currency_to)

    def which(self) -> store.Which:
        """The parties as the store takes them."""
        return store.Which(self.party_from, self.party_to, self.party_group, self.party_kind)

    def has(self, currency: str) -> bool:
        """Whether the currency lies within the bounds."""
        return (self.currency_from or "") <= currency <= (self.currency_to or "~")


class Revaluation(View):
    """An unrealised exchange difference of a party, or what the next day takes back of it."""

    party_id: str
    currency: str
    is_reversal: bool
    booked_on: date
    fiscal_year: int
    period: int
    journal: str
    open_amount: int
    base_currency: str = Field(description="Of open_base_amount, revalued_amount and difference")
    open_base_amount: int
    revalued_amount: int
    difference: int
    gl_account: str | None
    employee: str


class RevaluationPlace(NamedTuple):
    """Where a list of adjustments goes on."""

    party_id: str
    currency: str
    is_reversal: bool


_REVALUATIONS = Keyset("revaluations", RevaluationPlace)

PARTY_COLUMNS = (
    "party_id", "currency", "items", "charges", "credits", "balance", "zero_balance_date", "crossing_match",
)  # fmt: skip
SETTLEMENT_COLUMNS = (
    "party_id", "charge_item_id", "credit_item_id", "currency", "amount", "match_date", "method", "match_id",
)  # fmt: skip


def overview_router(runtime: Runtime) -> APIRouter:
    """Routes that show accounts."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/parties")
    async def parties(
        administration: Administration,
        accounts: Annotated[Accounts, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """The accounts within the limits: balance, counts, and the latest day at whose end the balance was zero.

        `crossing_match` is a match in force that reaches across that day.
        """

        async def read(connection: Connection, chunk: list[str]) -> Rows:
            for row in await _accounts(connection, administration, chunk):
                if accounts.has(row["currency"]):
                    yield row

        return await stream(PARTY_COLUMNS, party_rows(runtime, administration, accounts, read), form, "parties")

    _add_settlements(router, runtime)
    _add_revaluations(router, runtime)
    return router


async def _accounts(connection: Connection, administration: Administration, chunk: list[str]) -> list[dict[str, Any]]:
    balances = await store.account_balances(connection, administration, chunk)
    nothing = {"items": 0, "charges": 0, "credits": 0, "balance": 0}
    return [
        {
            **nothing,
            **dict(balances.get((row["party_id"], row["currency"]), {})),
            "party_id": row["party_id"],
            "currency": row["currency"],
            "zero_balance_date": row["day"],
            "crossing_match": row["crossing_match"],
        }
        for row in await runs.zero_balance_days(connection, administration, chunk)
    ]


def _add_settlements(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/settlement-information")
    async def settlement_information(
        administration: Administration,
        parties: Annotated[Parties, Depends()],
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """Which credit settled which charge, for how much, in all matches in force that keep it."""

        async def read(connection: Connection, chunk: list[str]) -> Rows:
            place = ("", 0)
            while found := await store.settlements_in_force(connection, administration, chunk, (*place, PAGE_ROWS)):
                place = (found[-1]["party_id"], found[-1]["sequence"])
                for row in (allocation for match in found for allocation in _settlements(match)):
                    yield row

        rows = party_rows(runtime, administration, parties, read)
        return await stream(SETTLEMENT_COLUMNS, rows, form, "settlement-information")


def _settlements(match: asyncpg.Record) -> list[dict[str, Any]]:
    named = {name: match[name] for name in ("party_id", "currency", "match_date", "method", "match_id")}
    return [
        {
            **named,
            "charge_item_id": found.charge_item_id,
            "credit_item_id": found.credit_item_id,
            "amount": found.amount,
        }
        for found in allocations_of(match["item_ids"], match["amounts"])
    ]


def _add_revaluations(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/revaluations/{run_id}")
    async def adjustments(administration: Administration, run_id: UUID, paging: Paging) -> Page[Revaluation]:
        """The unrealised exchange differences of a run, each with what the next day takes back."""
        place = _REVALUATIONS.decode(paging.cursor) or RevaluationPlace("", "", is_reversal=False)
        async with runtime.database.snapshot() as connection:
            rows = await revaluations.list_revaluations(connection, administration, run_id, place, paging.limit + 1)
            base = (await get_administration(connection, administration)).base_currency
        return _REVALUATIONS.page(
            rows,
            paging.limit,
            key=_place,
            show=lambda row: Revaluation.model_validate({**dict(row), "base_currency": base}),
        )


def _place(row: asyncpg.Record) -> RevaluationPlace:
    return RevaluationPlace(row["party_id"], row["currency"], row["is_reversal"])
