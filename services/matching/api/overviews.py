"""Overviews of accounts: who is within the limits, what settled what, what an exchange adjustment booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from chassis.http import Administration, Keyset, Page, View
from chassis.service import Runtime
from services.matching.api.list_pages import Paging
from services.matching.api.report_files import Parties, Wanted, report_file, report_table
from services.matching.domain.criteria import AccountLimits, CurrencyRange, PartyRange, ZeroPer, check_range
from services.matching.domain.list_order import AdjustmentPlace, Stretch
from services.matching.operations import reports


@dataclass(frozen=True, slots=True)
class Accounts(Parties):
    """Accounts of a range, a group and a kind of parties, and of a range of currencies."""

    party_group: Annotated[str | None, Query(max_length=64)] = None
    party_kind: Literal["debtor", "creditor"] | None = None
    currency_from: Annotated[str | None, Query(max_length=3)] = None
    currency_to: Annotated[str | None, Query(max_length=3)] = None
    zero_per: Annotated[
        ZeroPer, Query(description="What zero_balance_date is of: the account by itself, or all accounts of the party")
    ] = "currency"

    def __post_init__(self) -> None:
        """Refuse ranges that go backwards, as runs do."""
        Parties.__post_init__(self)
        check_range("currency", self.currency_from, self.currency_to)

    def within(self) -> PartyRange:
        """The parties that are asked for."""
        return PartyRange(self.party_from, self.party_to, self.party_group, self.party_kind)

    def limits(self) -> AccountLimits:
        """The currencies that are asked for, and what a zero balance is."""
        return AccountLimits(CurrencyRange(self.currency_from, self.currency_to), self.zero_per)


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


_REVALUATIONS = Keyset("revaluations", AdjustmentPlace)

ACCOUNTS = report_table(
    "party_id", "currency", "items", "charges", "credits", "balance", "zero_balance_date", "crossing_match",
)  # fmt: skip
SETTLEMENT_INFORMATION = report_table(
    "party_id", "charge_item_id", "credit_item_id", "currency", "amount", "match_date", "method", "match_id",
)  # fmt: skip


def overview_router(runtime: Runtime) -> APIRouter:
    """Routes that list accounts and what settled them."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/parties")
    async def parties(
        administration: Administration,
        accounts: Annotated[Accounts, Depends()],
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """The accounts within the limits: balance, counts, and the latest day at whose end the balance was zero.

        `crossing_match` is a match in force that reaches across that day.
        """
        within, limits = accounts.within(), accounts.limits()
        return await report_file(
            runtime,
            lambda connection: reports.accounts(connection, administration, within, limits),
            ACCOUNTS,
            wanted,
            "parties",
        )

    _add_settlements(router, runtime)
    _add_revaluations(router, runtime)
    return router


def _add_settlements(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/settlement-information")
    async def settlement_information(
        administration: Administration,
        parties: Annotated[Parties, Depends()],
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """Which credit settled which charge, for how much, in all matches in force that keep it."""
        within = parties.within()
        return await report_file(
            runtime,
            lambda connection: reports.settlement_information(connection, administration, within),
            SETTLEMENT_INFORMATION,
            wanted,
            "settlement-information",
        )


def _add_revaluations(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/revaluations/{run_id}")
    async def adjustments(administration: Administration, run_id: UUID, paging: Paging) -> Page[Revaluation]:
        """The unrealised exchange differences of a run, each with what the next day takes back."""
        stretch = Stretch(_REVALUATIONS.decode(paging.cursor) or AdjustmentPlace(), paging.limit + 1)
        async with runtime.database.snapshot() as connection:
            rows = await reports.find_adjustments(connection, administration, run_id, stretch)
        return _REVALUATIONS.page(
            rows,
            paging.limit,
            key=lambda row: AdjustmentPlace(row["party_id"], row["currency"], row["is_reversal"]),
            show=Revaluation.model_validate,
        )
