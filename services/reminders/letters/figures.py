"""Amounts, dates and rates as the letter's language writes them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal

from contracts.money import exponents, to_decimal
from services.reminders.letters.refusals import UnknownCurrency

BASIS_POINTS_PER_PERCENT = Decimal(100)
MINUS = "\u2212"
"""As wide as a figure, and read out as what it is; a hyphen is neither."""


@dataclass(frozen=True)
class Figures:
    """Writes figures for one locale; `date_pattern` is the CLDR pattern of a short date, four digits for the year."""

    locale: Locale
    date_pattern: str

    def money(self, amount_minor: int, currency: str) -> str:
        """Write whole minor units with the currency's sign and exactly its decimals; raises UnknownCurrency."""
        decimals = exponents().get(currency)
        if decimals is None:
            raise UnknownCurrency(currency, "currency")
        pattern = money_pattern(self.locale, decimals)
        value = to_decimal(amount_minor, currency)
        written = str(pattern.apply(value, self.locale, currency=currency, currency_digits=False))
        return written.replace("-", MINUS)

    def day(self, day: date) -> str:
        """Write a date in figures, the same length for every day."""
        return format_date(day, self.date_pattern, self.locale)

    def long_day(self, day: date) -> str:
        """Write a date with the month's name, in one piece."""
        return format_date(day, "long", self.locale).replace(" ", "\u00a0")

    def rate(self, basis_points: int) -> str:
        """Write hundredths of a percent as a percentage: 1015 is 10,15 %, with the space that the locale has."""
        sign = str(self.locale.percent_formats[None].pattern).lstrip("#,0.")
        return format_decimal(Decimal(basis_points) / BASIS_POINTS_PER_PERCENT, "#,##0.##", self.locale) + sign


@cache
def money_pattern(locale: Locale, decimals: int) -> NumberPattern:
    """Return the locale's currency pattern with ISO 4217's decimals, where CLDR may round for daily use."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern
