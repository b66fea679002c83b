"""Pro rata by months: the parts of a cancelled contribution always add up to what is open."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.writeoff.domain.books import Books
from services.writeoff.domain.months import add_months, month_end, months_of_period, split_by_months, whole_months
from services.writeoff.domain.requests import Item
from services.writeoff.domain.rules import DaysOfContribution, split_contribution
from tests.services.writeoff.library import configured, day

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
AMOUNTS = st.integers(1, 10**15)
LENGTHS = st.integers(0, 4000)


@given(AMOUNTS, DAYS, LENGTHS, DAYS)
def test_a910_and_a911_add_up_to_the_cent_for_any_period_and_day(
    amount: int, start: date, length: int, cancelled_on: date
) -> None:
    end = start + timedelta(days=length)

    gone_by, still_valid = split_by_months(amount, start, end, cancelled_on)

    assert gone_by + still_valid == amount
    assert 0 <= gone_by <= amount
    assert 0 <= still_valid <= amount


@given(AMOUNTS, DAYS, LENGTHS, DAYS, st.integers(0, 500))
def test_a_later_cancellation_never_has_less_gone_by(
    amount: int, start: date, length: int, cancelled_on: date, later: int
) -> None:
    end = start + timedelta(days=length)

    earlier, _ = split_by_months(amount, start, end, cancelled_on)
    afterwards, _ = split_by_months(amount, start, end, cancelled_on + timedelta(days=later))

    assert earlier <= afterwards


@given(AMOUNTS, DAYS, LENGTHS)
def test_before_the_start_all_is_still_valid_and_from_the_last_day_on_all_has_gone_by(
    amount: int, start: date, length: int
) -> None:
    end = start + timedelta(days=length)

    assert split_by_months(amount, start, end, start - timedelta(days=1)) == (0, amount)
    assert split_by_months(amount, start, end, end) == (amount, 0)
    assert split_by_months(amount, start, end, end + timedelta(days=1)) == (amount, 0)


@given(DAYS, st.integers(1, 240))
def test_a_period_of_whole_months_has_as_many(start: date, months: int) -> None:
    end = add_months(start, months) - timedelta(days=1)

    assert months_of_period(start, end) == months


@given(AMOUNTS, DAYS, st.integers(1, 60))
def test_every_month_of_a_period_weighs_the_same(amount: int, start: date, months: int) -> None:
    end = add_months(start, months) - timedelta(days=1)
    parts = [
        split_by_months(amount, start, end, add_months(start, gone) - timedelta(days=1))[0]
        for gone in range(months + 1)
    ]

    assert parts[0] == 0
    assert parts[-1] == amount
    assert max(b - a for a, b in pairwise(parts)) - amount // months <= 1


@pytest.mark.parametrize(
    ("start", "end", "cancelled_on", "expected"),
    [
        ("2026-01-01", "2026-12-31", "2026-05-10", (400, 800)),
        ("2026-01-01", "2026-12-31", "2026-04-30", (400, 800)),
        ("2026-01-01", "2026-12-31", "2026-04-29", (300, 900)),
        ("2026-01-01", "2026-12-31", "2026-01-01", (0, 1200)),
        ("2026-01-01", "2026-12-31", "2025-12-31", (0, 1200)),
        ("2026-01-01", "2026-12-31", "2026-12-30", (1100, 100)),
        ("2026-01-01", "2026-12-31", "2026-12-31", (1200, 0)),
        ("2026-01-01", "2026-12-31", "2027-03-01", (1200, 0)),
        ("2024-02-29", "2025-02-27", "2024-03-28", (100, 1100)),
        ("2024-02-01", "2024-02-29", "2024-02-28", (0, 1200)),
        ("2024-02-01", "2024-02-29", "2024-02-29", (1200, 0)),
        ("2026-01-31", "2026-05-30", "2026-02-27", (300, 900)),
        ("2026-01-15", "2026-03-20", "2026-02-14", (400, 800)),
        ("2026-06-01", "2026-06-01", "2026-06-01", (1200, 0)),
    ],
)
@pytest.mark.requirement("S4.7")
def test_a910_takes_the_months_gone_by_and_a911_those_still_valid(
    start: str, end: str, cancelled_on: str, expected: tuple[int, int]
) -> None:
    assert split_by_months(1200, day(start), day(end), day(cancelled_on)) == expected


def test_an_amount_that_does_not_divide_is_rounded_once_and_loses_nothing() -> None:
    assert split_by_months(1000, day("2026-01-01"), day("2026-03-31"), day("2026-01-31")) == (333, 667)
    assert split_by_months(1001, day("2026-01-01"), day("2026-02-28"), day("2026-01-31")) == (501, 500)


@given(DAYS, st.integers(-600, 600))
def test_adding_months_keeps_the_day_or_takes_the_months_last(start: date, months: int) -> None:
    later = add_months(start, months)

    assert later.day == start.day or later == month_end(later)


@given(DAYS, LENGTHS)
def test_whole_months_count_until_the_end_of_the_last_day(start: date, length: int) -> None:
    end = start + timedelta(days=length)

    months = whole_months(start, end)

    assert add_months(start, months) <= end + timedelta(days=1) < add_months(start, months + 1)


@pytest.mark.parametrize(
    ("cancelled_on", "rule", "journals"),
    [
        (date(2025, 12, 31), "subscription-remaining", ["A911"]),
        (date(2026, 6, 30), "subscription-elapsed", ["A910", "A911"]),
        (date(2026, 12, 31), "subscription-elapsed", ["A910"]),
    ],
)
def test_a_contribution_is_split_under_the_rule_of_its_first_part(
    cancelled_on: date, rule: str, journals: list[str]
) -> None:
    year = DaysOfContribution(date(2026, 1, 1), date(2026, 12, 31))
    proposal = split_contribution(
        Item("C1", "contribution", "EUR", 1200, 1200), year, cancelled_on, Books(configured())
    )

    assert (proposal.rule, [line.journal for line in proposal.lines]) == (rule, journals)
