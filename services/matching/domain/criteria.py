"""What a run selects: parties, vouchers, dates, currencies, kinds. Every bound is inclusive, None leaves it open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.errors import Refused
from contracts.event import Identifier
from contracts.library import ItemKind
from contracts.money import Currency

Bound = TypeVar("Bound", str, date)
ZeroPer = Literal["currency", "party"]
"""What a zero account is: an account of a party in one currency, or all accounts of the party together."""
RANGES = ("party", "voucher", "item_date", "due_date", "currency")
MAX_PARTIES = 10_000
"""Most parties that a list names; a range or a group has no limit."""


def check_range(name: str, low: Bound | None, high: Bound | None) -> None:
    """Raise Refused when a range goes backwards; a bound that is None is open."""
    if low is not None and high is not None and low > high:
        raise Refused(
            "reversed-range",
            "{name}_from {low} lies after {name}_to {high}.",
            name=name,
            low=low,
            high=high,
            field=f"{name}_from",
            remedy="Exchange the bounds, or leave one out.",
        )


class Criteria(BaseModel):
    """Which open items a run or a proposal looks at."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    party_ids: tuple[Identifier, ...] = Field(default=(), max_length=MAX_PARTIES, description="Empty means all")
    party_from: Identifier | None = None
    party_to: Identifier | None = None
    party_group: Identifier | None = None
    party_kind: str | None = Field(default=None, pattern="^(debtor|creditor)$")
    voucher_from: Identifier | None = None
    voucher_to: Identifier | None = None
    item_date_from: date | None = None
    item_date_to: date | None = None
    due_date_from: date | None = None
    due_date_to: date | None = None
    currency_from: Currency | None = None
    currency_to: Currency | None = None
    kinds: tuple[ItemKind, ...] = ()

    @model_validator(mode="after")
    def _ranges_go_forward(self) -> Criteria:
        for name in RANGES:
            check_range(name, getattr(self, f"{name}_from"), getattr(self, f"{name}_to"))
        return self


class PartyRange(NamedTuple):
    """Parties of a range, a group and a kind; None leaves a limit out, bounds are inclusive."""

    party_from: str | None = None
    party_to: str | None = None
    party_group: str | None = None
    party_kind: str | None = None


EVERY_PARTY = PartyRange()


@dataclass(frozen=True, slots=True)
class CurrencyRange:
    """Currencies between two codes, both inclusive; None leaves a bound open."""

    currency_from: str | None = None
    currency_to: str | None = None

    def has(self, currency: str) -> bool:
        """Whether the currency lies within the bounds."""
        return (self.currency_from or "") <= currency <= (self.currency_to or "~")


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Which accounts of a party are listed, and what a zero balance of them is."""

    currencies: CurrencyRange
    zero_per: ZeroPer = "currency"


@dataclass(frozen=True, slots=True)
class JournalCriteria:
    """Which clearing entries: of a fiscal year, and of one period or journal of it where that is not None."""

    fiscal_year: int
    period: int | None = None
    journal: str | None = None
