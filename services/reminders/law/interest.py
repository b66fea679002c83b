"""Late-payment interest: day by day over changing rates on what was open, rounded once at the end.

    open     1250 ────────┐            what was open from which day on (OpenStep)
                          └ 800 ───────────────────
    rate     10.15 % ───────────────┐  the law's rate of each day (RateSource)
                                    └ 10.40 % ─────
    segments [──────1────][────2───][──────3───────]

Days are cut wherever the amount or the rate changes; a segment has one of each, and its interest is amount x share of a
year x rate. Where interest compounds, the days are first cut into years from the first day on, and each year's interest
is added to what bears interest in the next.

All reckoning is in exact fractions of a minor unit. The interest of an item is rounded half up once, when the whole of
it is known; two parts of a period therefore add up to the whole but for the rounding of each part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, Protocol

from dateutil.relativedelta import relativedelta

from services.reminders.law.published_rates import BASIS_POINTS, ONE_DAY, Rate, RateSeries, half_up

DayCount = Literal["actual/365", "actual/actual", "actual/360", "30e/360"]
"""`actual/365` every day is 1/365 of a year, also in leap years; `actual/actual` 1/366 in these; `30e/360` every month
has thirty days (ISDA 30E/360)."""

DAYS_PER_YEAR, DAYS_PER_LEAP_YEAR, DAYS_PER_BANK_YEAR = 365, 366, 360
DAYS_PER_BANK_MONTH = 30


@dataclass(frozen=True, slots=True)
class OpenStep:
    """From `day` on, `open_minor` of the item is open; what is not above zero bears no interest."""

    day: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class Segment:
    """Days with one rate and one amount; `interest` is exact, in minor units."""

    first: date
    last: date
    amount: Fraction
    basis_points: int
    interest: Fraction


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest of one item: whole minor units, the exact sum, and how it came about."""

    amount_minor: int
    exact: Fraction
    segments: tuple[Segment, ...]


class RateSource(Protocol):
    """Anything that knows the rate of each day, in hundredths of a percent a year."""

    def pieces(self, first: date, last: date) -> Iterator[Rate]:
        """Cut the days from `first` to `last`, both included, where the rate changes."""


@dataclass(frozen=True, slots=True)
class WithMargin:
    """A series of reference rates plus the points that a law adds; never below zero."""

    series: RateSeries
    margin_basis_points: int = 0

    def pieces(self, first: date, last: date) -> Iterator[Rate]:
        """Cut the days where the reference rate changes; raises MissingRate."""
        for rate in self.series.pieces(first, last):
            yield Rate(rate.first, rate.last, max(0, rate.basis_points + self.margin_basis_points))


@dataclass(frozen=True, slots=True)
class FixedRate:
    """A rate agreed in a contract."""

    basis_points: int

    def pieces(self, first: date, last: date) -> Iterator[Rate]:
        """All days have the one rate."""
        yield Rate(first, last, self.basis_points)


@dataclass(frozen=True, slots=True)
class Terms:
    """How interest is reckoned: day count, and whether a full year's interest bears interest itself."""

    day_count: DayCount = "actual/365"
    compounds_yearly: bool = False


BY_DAY = Terms()
"""Simple interest by actual days over 365."""


def accrue(steps: Sequence[OpenStep], first: date, last: date, rates: RateSource, terms: Terms = BY_DAY) -> Interest:
    """Interest of an item for the days from `first` to `last`, both included.

    `steps` say what was open from which day on; before the first step nothing was. Where interest compounds, the
    interest of each full year, counted from `first`, is added to what bears interest from then on. Raises MissingRate
    for a day on which something is open and the source knows no rate.
    """
    segments: list[Segment] = []
    capital = total = Fraction(0)
    # Without compounding all days are one year, whose capital stays nothing.
    for year_first, year_last in years(first, last) if terms.compounds_yearly else [(first, last)]:
        year = [
            segment
            for period_first, period_last, open_minor in open_periods(steps, year_first, year_last)
            for segment in period_segments(period_first, period_last, open_minor + capital, rates, terms.day_count)
        ]
        # Within a year interest bears none; when it is full, it joins what does.
        segments += year
        interest = sum((segment.interest for segment in year), Fraction(0))
        total += interest
        capital += interest
    return Interest(half_up(total), total, tuple(segments))


def period_segments(
    first: date, last: date, amount: Fraction, rates: RateSource, day_count: DayCount
) -> Iterator[Segment]:
    """Cut the days from `first` to `last`, with one amount, where the rate changes; nothing accrues on nothing."""
    if amount <= 0:
        return
    for rate in rates.pieces(first, last):
        share = year_fraction(day_count, rate.first, rate.last)
        interest = amount * share * Fraction(rate.basis_points, BASIS_POINTS)
        yield Segment(rate.first, rate.last, amount, rate.basis_points, interest)


def open_periods(steps: Sequence[OpenStep], first: date, last: date) -> Iterator[tuple[date, date, int]]:
    """Cut the days from `first` to `last` where the open amount changes; credit counts as nothing."""
    # A walk over the changes: `open_minor` holds from `begin` until the next one. Those before the first day only tell
    # what was open on it, and of two on one day the later one counts.
    ordered = sorted(steps, key=lambda step: step.day)
    open_minor, begin = 0, first
    for step in ordered:
        if step.day > last:
            break
        if step.day > begin:
            yield begin, step.day - ONE_DAY, max(0, open_minor)
            begin = step.day
        open_minor = step.open_minor
    if begin <= last:
        yield begin, last, max(0, open_minor)


def years(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut the days from `first` to `last` into years that begin on the day of `first`."""
    # Always counted from the first day, not from the year before: 29 February would slip to the 28th for ever.
    begin, count = first, 0
    while begin <= last:
        count += 1
        following = first + relativedelta(years=count)
        yield begin, min(last, following - ONE_DAY)
        begin = following


def year_fraction(day_count: DayCount, first: date, last: date) -> Fraction:
    """Share of a year of the days from `first` to `last`, both included; adjoining periods add up exactly."""
    # Days of a leap year and of others weigh differently, so each calendar year is taken by itself.
    if day_count == "actual/actual":
        return sum((calendar_share(year, first, last) for year in range(first.year, last.year + 1)), Fraction(0))
    # Both ends as days of a calendar whose months have thirty: the end is exclusive, so that periods add up.
    if day_count == "30e/360":
        return Fraction(bank_days(last + ONE_DAY) - bank_days(first), DAYS_PER_BANK_YEAR)
    days = (last - first).days + 1
    return Fraction(days, DAYS_PER_YEAR if day_count == "actual/365" else DAYS_PER_BANK_YEAR)


def calendar_share(year: int, first: date, last: date) -> Fraction:
    """Days of a period that fall in one calendar year, over the days of that year."""
    begin, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
    leap = (date(year, 12, 31) - date(year, 1, 1)).days == DAYS_PER_YEAR
    return Fraction((end - begin).days + 1, DAYS_PER_LEAP_YEAR if leap else DAYS_PER_YEAR)


def bank_days(day: date) -> int:
    """Days since year nought with months of thirty days."""
    return day.year * DAYS_PER_BANK_YEAR + day.month * DAYS_PER_BANK_MONTH + min(day.day, DAYS_PER_BANK_MONTH)


def accrue_by_month(steps: Sequence[OpenStep], due: date, last: date, basis_points_per_month: int) -> Interest:
    """Interest per commenced month after the due date, on what was open when the month began.

    The first month begins on the day after the due date; a month that has begun by `last` counts in full.
    """
    # Months are counted from the due date, for the same reason as years; what is paid in the midst of one lowers only
    # the months that begin after it.
    segments: list[Segment] = []
    count = 0
    while (begin := due + relativedelta(months=count) + ONE_DAY) <= last:
        count += 1
        end = due + relativedelta(months=count)
        open_minor = next(open_minor for _, _, open_minor in open_periods(steps, begin, begin))
        if open_minor > 0:
            interest = Fraction(open_minor * basis_points_per_month, BASIS_POINTS)
            segments.append(Segment(begin, end, Fraction(open_minor), basis_points_per_month, interest))
    total = sum((segment.interest for segment in segments), Fraction(0))
    return Interest(half_up(total), total, tuple(segments))
