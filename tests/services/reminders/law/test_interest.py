from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reminders.law.interest import (
    DayCount,
    FixedRate,
    Interest,
    OpenStep,
    RateSource,
    Terms,
    WithMargin,
    accrue,
    accrue_by_month,
    year_fraction,
)
from services.reminders.law.published_rates import half_up, tables
from services.reminders.law.refusals import MissingRate

ONE_DAY = timedelta(days=1)
DUTCH = WithMargin(tables().rates["nl-statutory"])
DANISH = WithMargin(tables().rates["dk-reference"], 800)

DAYS = st.dates(date(2015, 1, 1), date(2026, 6, 30))
STEPS = st.lists(
    st.builds(OpenStep, st.dates(date(2014, 6, 1), date(2026, 6, 30)), st.integers(-10_000, 10**9)),
    min_size=1,
    max_size=6,
    unique_by=lambda step: step.day,
)
DAY_COUNTS: list[DayCount] = ["actual/365", "actual/actual", "actual/360", "30e/360"]


def day_by_day(steps: Sequence[OpenStep], first: date, last: date, rates: RateSource) -> Fraction:
    """The plainest reckoning there is: each day's open amount at each day's rate over 365."""
    total = Fraction(0)
    day = first
    while day <= last:
        open_minor = max(
            (step for step in steps if step.day <= day), key=lambda s: s.day, default=OpenStep(day, 0)
        ).open_minor
        if open_minor > 0:
            total += Fraction(open_minor * next(iter(rates.pieces(day, day))).basis_points, 10_000 * 365)
        day += ONE_DAY
    return total


@pytest.mark.requirement("S3.16")
def test_a_year_at_one_rate_is_the_rate() -> None:
    steps = [OpenStep(date(2025, 1, 1), 100_000)]

    interest = accrue(steps, date(2025, 1, 1), date(2025, 12, 31), DUTCH)

    assert interest.amount_minor == 6_000
    assert interest.exact == 6_000


def test_the_rate_changes_with_the_calendar() -> None:
    steps = [OpenStep(date(2023, 1, 1), 365_000)]

    interest = accrue(steps, date(2023, 6, 30), date(2023, 7, 1), DUTCH)

    assert [(segment.first, segment.basis_points) for segment in interest.segments] == [
        (date(2023, 6, 30), 400),
        (date(2023, 7, 1), 600),
    ]
    assert interest.exact == Fraction(40 + 60)


def test_a_payment_lowers_the_interest_from_its_day_on() -> None:
    steps = [OpenStep(date(2025, 1, 1), 365_000), OpenStep(date(2025, 1, 11), 182_500), OpenStep(date(2025, 1, 21), 0)]

    interest = accrue(steps, date(2025, 1, 1), date(2025, 12, 31), DUTCH)

    assert interest.exact == Fraction(10 * 60 + 10 * 30)
    assert [segment.amount for segment in interest.segments] == [365_000, 182_500]


def test_what_is_settled_needs_no_rate() -> None:
    steps = [OpenStep(date(2026, 6, 1), 1_000), OpenStep(date(2026, 7, 1), 0)]

    interest = accrue(steps, date(2026, 6, 1), date(2026, 12, 31), DANISH)

    assert interest.segments[-1].last == date(2026, 6, 30)


def test_a_day_with_an_open_amount_and_no_rate_is_refused() -> None:
    steps = [OpenStep(date(2026, 6, 1), 1_000)]

    with pytest.raises(MissingRate) as refusal:
        accrue(steps, date(2026, 6, 1), date(2026, 7, 1), DANISH)

    assert refusal.value.day == date(2026, 7, 1)


def test_credit_bears_no_interest() -> None:
    assert accrue([OpenStep(date(2025, 1, 1), -5_000)], date(2025, 1, 1), date(2025, 12, 31), DUTCH).amount_minor == 0


def test_a_reference_rate_below_nothing_lowers_the_margin_but_never_the_debt() -> None:
    steps = [OpenStep(date(2022, 1, 1), 365_000)]

    with_margin = accrue(steps, date(2022, 1, 1), date(2022, 1, 1), DANISH)
    without = accrue(steps, date(2022, 1, 1), date(2022, 1, 1), WithMargin(tables().rates["dk-reference"]))

    assert with_margin.segments[0].basis_points == 755
    assert without.exact == 0


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, first=DAYS, length=st.integers(0, 900))
def test_the_segments_are_the_same_as_reckoning_day_by_day(steps: list[OpenStep], first: date, length: int) -> None:
    last = min(first + timedelta(days=length), date(2026, 6, 30))

    interest = accrue(steps, first, last, DUTCH)

    assert interest.exact == day_by_day(steps, first, last, DUTCH)


@given(steps=STEPS, days=st.lists(DAYS, min_size=3, max_size=3, unique=True).map(sorted))
def test_two_parts_of_a_period_add_up_to_the_whole(steps: list[OpenStep], days: list[date]) -> None:
    first, middle, last = days

    whole = accrue(steps, first, last, DUTCH)
    before, after = accrue(steps, first, middle, DUTCH), accrue(steps, middle + ONE_DAY, last, DUTCH)

    assert before.exact + after.exact == whole.exact
    assert abs(before.amount_minor + after.amount_minor - whole.amount_minor) <= 1


@pytest.mark.parametrize("day_count", DAY_COUNTS)
@given(days=st.lists(DAYS, min_size=3, max_size=3, unique=True).map(sorted))
def test_adjoining_periods_add_up_in_every_day_count(day_count: DayCount, days: list[date]) -> None:
    first, middle, last = days

    parts = year_fraction(day_count, first, middle) + year_fraction(day_count, middle + ONE_DAY, last)

    assert parts == year_fraction(day_count, first, last)


@given(steps=STEPS, first=DAYS, length=st.integers(0, 900), more=st.integers(0, 10**6))
def test_owing_more_or_longer_never_costs_less(steps: list[OpenStep], first: date, length: int, more: int) -> None:
    last = min(first + timedelta(days=length), date(2026, 6, 29))
    larger = [OpenStep(step.day, step.open_minor + more) for step in steps]

    interest = accrue(steps, first, last, DUTCH)

    assert accrue(larger, first, last, DUTCH).exact >= interest.exact
    assert accrue(steps, first, last + ONE_DAY, DUTCH).exact >= interest.exact


@given(steps=STEPS, first=DAYS, length=st.integers(0, 900))
def test_an_item_is_rounded_half_up_once(steps: list[OpenStep], first: date, length: int) -> None:
    last = min(first + timedelta(days=length), date(2026, 6, 30))

    interest = accrue(steps, first, last, DUTCH)

    assert interest.amount_minor == half_up(interest.exact)
    assert interest.exact == sum((segment.interest for segment in interest.segments), Fraction(0))


@pytest.mark.parametrize(
    ("value", "expected"), [(Fraction(1, 2), 1), (Fraction(49, 100), 0), (Fraction(3, 2), 2), (Fraction(0), 0)]
)
def test_half_a_minor_unit_rounds_up(value: Fraction, expected: int) -> None:
    assert half_up(value) == expected


@pytest.mark.parametrize(
    ("day_count", "first", "last", "expected"),
    [
        ("actual/365", date(2024, 1, 1), date(2024, 12, 31), Fraction(366, 365)),
        ("actual/actual", date(2024, 1, 1), date(2024, 12, 31), Fraction(1)),
        ("actual/actual", date(2023, 12, 31), date(2024, 1, 1), Fraction(1, 365) + Fraction(1, 366)),
        ("actual/360", date(2025, 1, 1), date(2025, 12, 31), Fraction(365, 360)),
        ("30e/360", date(2024, 1, 1), date(2024, 12, 31), Fraction(1)),
        ("30e/360", date(2025, 2, 1), date(2025, 2, 28), Fraction(30, 360)),
        ("actual/365", date(2025, 1, 1), date(2025, 1, 1), Fraction(1, 365)),
    ],
)
def test_day_counts_are_those_of_their_definition(
    day_count: DayCount, first: date, last: date, expected: Fraction
) -> None:
    assert year_fraction(day_count, first, last) == expected


def test_a_full_years_interest_bears_interest_where_the_law_says_so() -> None:
    steps = [OpenStep(date(2023, 7, 1), 100_000)]
    compounding = Terms(compounds_yearly=True)

    one_year = accrue(steps, date(2023, 7, 1), date(2024, 6, 30), FixedRate(1_000), Terms("actual/actual"))
    two_years = accrue(
        steps, date(2023, 7, 1), date(2025, 6, 30), FixedRate(1_000), Terms("30e/360", compounds_yearly=True)
    )
    day_before = accrue(steps, date(2023, 7, 1), date(2024, 6, 29), FixedRate(1_000), compounding)

    assert one_year.segments[0].amount == 100_000
    assert two_years.amount_minor == 21_000
    assert two_years.segments[-1].amount == 110_000
    assert day_before.exact == accrue(steps, date(2023, 7, 1), date(2024, 6, 29), FixedRate(1_000)).exact


@given(first=DAYS, open_minor=st.integers(1, 10**9), length=st.integers(0, 1_500))
def test_compounding_never_costs_less_and_within_a_year_the_same(first: date, open_minor: int, length: int) -> None:
    steps, last = [OpenStep(first, open_minor)], first + timedelta(days=length)
    rate = FixedRate(650)

    simple = accrue(steps, first, last, rate)
    compound = accrue(steps, first, last, rate, Terms(compounds_yearly=True))

    assert compound.exact >= simple.exact
    if last < first + relativedelta(years=1):
        assert compound.exact == simple.exact


def test_a_year_that_began_on_a_leap_day_ends_before_the_last_of_february() -> None:
    steps = [OpenStep(date(2024, 2, 29), 100_000)]

    interest = accrue(steps, date(2024, 2, 29), date(2026, 2, 28), FixedRate(1_000), Terms(compounds_yearly=True))

    assert [segment.first for segment in interest.segments] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
    ]


def monthly(last: date, due: date = date(2026, 1, 31), steps: Sequence[OpenStep] = ()) -> Interest:
    return accrue_by_month(steps or [OpenStep(date(2026, 1, 1), 100_000)], due, last, 100)


@pytest.mark.parametrize(
    ("last", "months"),
    [
        (date(2026, 1, 31), 0),
        (date(2026, 2, 1), 1),
        (date(2026, 2, 28), 1),
        (date(2026, 3, 1), 2),
        (date(2026, 3, 31), 2),
        (date(2026, 4, 1), 3),
    ],
)
def test_a_commenced_month_counts_in_full(last: date, months: int) -> None:
    assert monthly(last).amount_minor == months * 1_000


def test_a_month_bears_interest_on_what_was_open_when_it_began() -> None:
    steps = [OpenStep(date(2026, 1, 1), 100_000), OpenStep(date(2026, 2, 10), 50_000), OpenStep(date(2026, 3, 20), 0)]

    interest = monthly(date(2026, 6, 30), steps=steps)

    assert [segment.amount for segment in interest.segments] == [100_000, 50_000]
    assert interest.amount_minor == 1_500
