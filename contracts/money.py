"""Money: whole minor units beside an ISO 4217 currency, never a float."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Literal

import iso4217
from pydantic import AfterValidator, Field, JsonValue

MAX_AMOUNT = 10**15
"""Largest absolute amount of one item: sums over nine thousand such items still fit a 64-bit integer."""

CURRENCY_PATTERN = r"^[A-Z]{3}$"


@cache
def exponents() -> dict[str, int]:
    """Number of decimals per ISO 4217 currency that has minor units or none (EUR 2, JPY 0, KWD 3).

    Codes without a defined exponent (gold, test codes) are no currencies that anything can be owed in.
    """
    return {currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None}


def known_currency(code: str) -> str:
    """Return the code, or raise ValueError when ISO 4217 has no such currency with minor units."""
    if code not in exponents():
        raise ValueError(f"unknown currency {code!r}: use an ISO 4217 code such as EUR or DKK")
    return code


def non_zero(amount: int) -> int:
    """Return the amount, or raise ValueError when it is zero: a posting of nothing is no posting."""
    if amount == 0:
        raise ValueError("an amount of zero posts nothing: leave the event out")
    return amount


def to_minor(value: Decimal, currency: str) -> int:
    """Minor units of a decimal value; ValueError when it has more decimals than the currency."""
    scaled = value.scaleb(exponents()[known_currency(currency)])
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more decimals than {currency} has")
    return int(scaled)


def to_decimal(amount: int, currency: str) -> Decimal:
    """Decimal value of minor units, with exactly the currency's decimals: 1250 EUR is 12.50."""
    return Decimal(amount).scaleb(-exponents()[currency])


Currency = Annotated[
    str,
    Field(pattern=CURRENCY_PATTERN, description="ISO 4217 code of the currency", examples=["EUR", "DKK"]),
    AfterValidator(known_currency),
]
Amount = Annotated[
    int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Whole minor units of the currency (1250 is EUR 12.50)")
]
NonZeroAmount = Annotated[Amount, AfterValidator(non_zero), Field(json_schema_extra={"not": {"const": 0}})]


def of_one_sign(bound: Literal["minimum", "maximum"]) -> dict[str, JsonValue]:
    """The form of a posting whose amounts lie on one side of zero, for its schema."""
    return {"properties": {"amount": {bound: 0}, "base_amount": {"anyOf": [{bound: 0}, {"type": "null"}]}}}
