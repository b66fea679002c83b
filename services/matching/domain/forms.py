"""What clerks ask of matching, as they write it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.errors import Refused
from contracts.event import Code, EventDate, Identifier, Note
from contracts.money import MAX_AMOUNT, Amount, Currency, NonZeroAmount
from contracts.policies import SettlementOrder
from contracts.writeoff import RequestedContra
from services.matching.domain.booking import BookingWish
from services.matching.domain.criteria import Criteria, ZeroPer
from services.matching.domain.grouping import DifferenceCode
from services.matching.domain.proposing import Method

RATE = re.compile(r"^\d{1,9}(\.\d{1,10})?$")

Tolerance = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="The difference that is tolerated, in minor units")]
"""Bounds of its own: on top of those of an Amount, the wider lower bound would win."""


class BookingForm(BaseModel):
    """Where clearing entries are booked; year and period follow from the date unless they are given."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    date: EventDate
    journal: Code = Field(description="A memorial journal")
    fiscal_year: int | None = None
    period: int | None = None
    note: Note = ""

    def wish(self, employee: str, *, settlement_information: bool = True) -> BookingWish:
        """What is asked, with who asks it."""
        return BookingWish(
            match_date=self.date,
            journal=self.journal,
            employee=employee,
            fiscal_year=self.fiscal_year,
            period=self.period,
            note=self.note,
            settlement_information=settlement_information,
        )


class SelectionForm(BaseModel):
    """Which items, by which method, and what becomes of differences."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    criteria: Criteria = Criteria()
    booking: BookingForm
    method: Method = "oldest-first"
    tolerance: Tolerance = 0
    difference_code: DifferenceCode = Field(
        default="no-write-off", description="no-write-off leaves a remainder item, payment-differences books it"
    )
    settlement_information: bool = Field(default=True, description="Keep which credit settled which charge")
    mix_currencies: bool = Field(
        default=False,
        description="Account balance over all currencies of a party, compared in the base currency, through a journal "
        "that allows foreign currency",
    )

    settlement_order: SettlementOrder | None = Field(
        default=None,
        description="In which order credits settle charges: by date, or costs, then interest, then principal, each "
        "from the oldest; by-law is what the administration's country says. As configured when absent",
    )
    only_zero_balance: bool = Field(default=False, description="Only accounts whose balance is zero already")
    up_to_zero_balance: bool = Field(default=False, description="Only what was posted up to the zero-balance date")
    zero_per: ZeroPer = Field(
        default="currency",
        description="What has to be zero: the account in each currency by itself, or all accounts of the party, in "
        "whatever currencies",
    )

    @model_validator(mode="after")
    def _zero_balance_is_oldest_first(self) -> SelectionForm:
        if (self.only_zero_balance or self.up_to_zero_balance) and self.method != "oldest-first":
            raise Refused(
                "wrong-method",
                "Zero-balance options belong to the method oldest-first.",
                field="method",
                remedy="Choose oldest-first, or leave the option out.",
            )
        return self

    @model_validator(mode="after")
    def _currencies_mix_in_account_balances(self) -> SelectionForm:
        if self.mix_currencies and self.method != "account-balance":
            raise Refused(
                "wrong-method",
                "Only account balance compares different currencies.",
                field="mix_currencies",
                remedy="Choose account-balance, or match chosen items by hand.",
            )
        return self


class SettlementForm(SelectionForm):
    """A selection that is matched at once."""

    undo_first: bool = Field(
        default=False,
        description="Before, undo the parties' earlier settlements, those made by hand too, whose items the run may "
        "take; write-offs, differences and other currencies stay. The result says how many were made by hand",
    )
    dry_run: bool = Field(default=False, description="Only tell what the run would come to: nothing is changed")


class ManualLine(BaseModel):
    """At most this much of an item, in the sign of its open amount."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    item_id: str = Field(min_length=1, max_length=64)
    amount: NonZeroAmount


class ManualMatchForm(BaseModel):
    """Items that a clerk chose: they settle each other, or go against the contra."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    currency: Currency
    lines: Annotated[tuple[ManualLine, ...], Field(min_length=1, max_length=1_000)]
    booking: BookingForm
    contra: RequestedContra | None = None


class ForeignMatchForm(BaseModel):
    """Items of a party in different currencies, settled whole through a journal that allows foreign currency."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    item_ids: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=1_000)]
    booking: BookingForm
    tolerance: Annotated[Tolerance, Field(description="In minor units of the base currency")] = 0


class UndoForm(BaseModel):
    """When an undo is booked; a match of a closed period is undone on an open date like any other."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    date: EventDate
    note: Note = ""


class RunUndoForm(UndoForm):
    """When the undo of many matches is booked, or that it is only told."""

    dry_run: bool = Field(default=False, description="Only tell what would be undone: nothing is changed")


class SettlementUndoForm(RunUndoForm):
    """Which settlements are undone, made by hand or by a run: those all of whose items the criteria select."""

    criteria: Criteria = Criteria()


class SmallBalanceForm(BaseModel):
    """Which small balances are cleared, and against what."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    criteria: Criteria = Criteria()
    booking: BookingForm
    limit: Amount = Field(gt=0, description="Largest balance that is cleared, in minor units, inclusive")
    per: Literal["party", "item"] = "party"
    write_off_journal: Code | None = Field(
        default=None, description="An A-journal; without one the balances go to payment differences"
    )
    open_share_percent: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="The largest share of what was posted that may be open; what the administration says when absent",
    )
    posted_up_to: Amount | None = Field(
        default=None,
        ge=0,
        description="What was posted as no more than this is small whatever is open of it, in minor units; what the "
        "administration says when absent",
    )
    dry_run: bool = Field(default=False, description="Only tell what would be cleared: nothing is changed")


class RevaluationForm(BaseModel):
    """At which rates what is open at the end of a day is valued."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    booking: BookingForm
    rates: dict[Currency, str] = Field(
        description='What one unit of each currency is worth in the base currency, as a decimal: {"USD": "0.9213"}'
    )

    @model_validator(mode="after")
    def _rates_are_decimals(self) -> RevaluationForm:
        for currency, rate in self.rates.items():
            if not RATE.match(rate) or Decimal(rate) == 0:
                raise Refused(
                    "bad-rate",
                    "The rate of {currency} is {rate!r}, not a decimal above zero.",
                    currency=currency,
                    rate=rate,
                    field=f"rates/{currency}",
                    remedy="Write it with a point and at most ten decimals, such as 0.9213.",
                )
        return self
