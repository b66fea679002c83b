"""What a run selects: parties, vouchers, dates, currencies, kinds. Every bound is inclusive, None leaves it open."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.errors import Refused
from contracts.event import Identifier
from contracts.library import ItemKind
from contracts.money import Currency

RANGES = (
    ("party_from", "party_to"),
    ("voucher_from", "voucher_to"),
    ("item_date_from", "item_date_to"),
    ("due_date_from", "due_date_to"),
    ("currency_from", "currency_to"),
)
MAX_PARTIES = 10_000
"""Most parties that a list names; a range or a group has no limit."""


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
        for lower, upper in RANGES:
            low, high = getattr(self, lower), getattr(self, upper)
            if low is not None and high is not None and low > high:
                raise Refused(
                    "reversed-range",
                    f"{lower} {low} lies after {upper} {high}.",
                    field=lower,
                    remedy="Exchange the bounds, or leave one out.",
                )
        return self

    def selects_party(self) -> bool:
        """Whether parties are chosen by more than their place in a range."""
        return bool(self.party_group or self.party_kind)
