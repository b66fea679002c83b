"""The dated tables: rates, fee scales and holidays, out of the package's data and a file of the operators.

The operators' file goes on with the rates that were published since this version. It names the series, and for each
rate its days, both included, and where it was published:

    [dk-reference]
    rates = [
        { from = 2026-07-01, until = 2026-12-31, basis_points = 175, source = "nationalbanken.dk, 1 July 2026" },
    ]

It is read before each part of a run, so that a rate counts as soon as it stands in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chassis.sentences import Sentence
from chassis.violations import violation_of
from services.reminders.law.refusals import BrokenTable, MissingRate, UnusableRates

BASIS_POINTS = 10_000
"""Hundredths of a percent in the whole."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """A yearly rate in hundredths of a percent, for every day from `first` to `last`, both included.

    `source` is where this one was published, when that is not where the whole series is.
    """

    first: date
    last: date
    basis_points: int
    source: str = ""


@dataclass(frozen=True)
class RateSeries:
    """The rates of one name, oldest first; days may be missing, but no day has two rates."""

    name: str
    source: str
    rates: tuple[Rate, ...]

    def __post_init__(self) -> None:
        """Raise BrokenTable for rates that overlap or run backwards."""
        if any(rate.last < rate.first for rate in self.rates):
            raise BrokenTable(self.name, Sentence("end before they begin"))
        if any(later.first <= earlier.last for earlier, later in pairwise(self.rates)):
            raise BrokenTable(self.name, Sentence("overlap"))

    def extended(self, rates: Sequence[Rate]) -> RateSeries:
        """Return the series with further rates, such as a half-year that was just published; raises BrokenTable."""
        return RateSeries(self.name, self.source, tuple(sorted((*self.rates, *rates), key=lambda rate: rate.first)))

    def pieces(self, first: date, last: date) -> Iterator[Rate]:
        """Cut the days from `first` to `last` where the rate changes; raises MissingRate for a day without one."""
        expected = first
        for rate in self.rates:
            if rate.last < first or rate.first > last:
                continue
            if rate.first > expected:
                raise MissingRate(self.name, expected)
            yield Rate(max(rate.first, first), min(rate.last, last), rate.basis_points)
            expected = rate.last + ONE_DAY
        if expected <= last:
            raise MissingRate(self.name, expected)

    def on(self, day: date) -> int:
        """Rate of one day, in hundredths of a percent; raises MissingRate."""
        return next(self.pieces(day, day)).basis_points


@dataclass(frozen=True, slots=True)
class Band:
    """Amounts above a bound cost a fixed sum, and a rate on what lies above the bound."""

    above_minor: int
    fixed_minor: int
    basis_points: int


@dataclass(frozen=True)
class FeeScale:
    """A dated table of what may be charged, in minor units of its currency."""

    name: str
    source: str
    currency: str
    first: date
    last: date
    minimum_minor: int
    maximum_minor: int
    bands: tuple[Band, ...]

    def amount(self, principal_minor: int) -> int:
        """Charge on a principal, rounded half up once; nothing on a principal that is not above zero."""
        if principal_minor <= 0:
            return 0
        band = next(band for band in reversed(self.bands) if principal_minor > band.above_minor)
        part = Fraction((principal_minor - band.above_minor) * band.basis_points, BASIS_POINTS)
        return min(max(half_up(band.fixed_minor + part), self.minimum_minor), self.maximum_minor)


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A country's public holidays: (month, day), days from Easter Sunday, and days that leave a Sunday by one day."""

    fixed: frozenset[tuple[int, int]]
    from_easter: frozenset[int]
    moved_from_sunday: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Tables:
    """All tables by name; `with_rates` adds what an administration knows beyond them."""

    rates: Mapping[str, RateSeries]
    fees: Mapping[str, FeeScale]
    holidays: Mapping[str, HolidayRule]

    def with_rates(self, series: str, rates: Sequence[Rate]) -> Tables:
        """Return the tables with further rates of one series; raises BrokenTable."""
        extended = {**self.rates, series: self.rates[series].extended(rates)}
        return Tables(MappingProxyType(extended), self.fees, self.holidays)


@cache
def tables() -> Tables:
    """Read the data files, once; the only reading that this package does."""
    return Tables(
        MappingProxyType({name: rate_series(name, content) for name, content in read("rates").items()}),
        MappingProxyType({name: fee_scale(name, content) for name, content in read("fees").items()}),
        MappingProxyType({country: holiday_rule(content) for country, content in read("holidays").items()}),
    )


def read(name: str) -> dict[str, Any]:
    """Parse `data/<name>.toml` of this package."""
    return tomllib.loads(files("services.reminders.law").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def rate_series(name: str, content: Mapping[str, Any]) -> RateSeries:
    """Turn one table of rates into its series."""
    rates = tuple(
        Rate(rate["from"], rate["until"], rate["basis_points"], rate.get("source", "")) for rate in content["rates"]
    )
    return RateSeries(name, content["source"], rates)


def fee_scale(name: str, content: Mapping[str, Any]) -> FeeScale:
    """Turn one table of fees into its scale."""
    bands = tuple(Band(band["above"], band["fixed"], band["basis_points"]) for band in content["bands"])
    return FeeScale(
        name=name,
        source=content["source"],
        currency=content["currency"],
        first=content["from"],
        last=content.get("until", date.max),
        minimum_minor=content["minimum"],
        maximum_minor=content["maximum"],
        bands=bands,
    )


def holiday_rule(content: Mapping[str, Any]) -> HolidayRule:
    """Turn one country's holidays into their rule."""
    return HolidayRule(
        frozenset(month_and_day(text) for text in content["fixed"]),
        frozenset(content["easter"]),
        frozenset(month_and_day(text) for text in content["moved_from_sunday"]),
    )


def month_and_day(text: str) -> tuple[int, int]:
    """Read a day of the year written as MM-DD."""
    month, day = text.split("-")
    return int(month), int(day)


def half_up(value: Fraction) -> int:
    """Round to whole minor units, a half away from zero upwards (commercial rounding of a charge)."""
    return (value + Fraction(1, 2)).__floor__()


BASIS_POINTS_MAX = 10_000


class RateEntry(BaseModel):
    """One rate as operators write it."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="until")]
    basis_points: Annotated[int, Field(ge=-BASIS_POINTS_MAX, le=BASIS_POINTS_MAX)]
    source: Annotated[str, Field(min_length=1, max_length=500)]


class SeriesEntry(BaseModel):
    """The rates that go on with one series."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    rates: list[RateEntry]


FILE = TypeAdapter(dict[str, SeriesEntry])


def read_tables(file: Path | None) -> Tables:
    """The law's tables with the rates of the operators' file; raises UnusableRates for a file that cannot be used."""
    known = tables()
    if file is None:
        return known
    try:
        content = FILE.validate_python(tomllib.loads(file.read_text("utf-8")))
        for series, entry in content.items():
            if series not in known.rates:
                raise UnusableRates(
                    file,
                    Sentence("{series} is no series; known are {known}", series=series, known=", ".join(known.rates)),
                )
            added = [Rate(rate.first, rate.last, rate.basis_points, rate.source) for rate in entry.rates]
            known = known.with_rates(series, added)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UnusableRates(
            file,
            Sentence("{where}: {violation}", where="/".join(map(str, first["loc"])), violation=violation_of(first)),
        ) from error
    except (OSError, ValueError, BrokenTable) as error:
        raise UnusableRates(file, str(error)) from error
    return known
