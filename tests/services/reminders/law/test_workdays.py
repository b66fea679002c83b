from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.law.workdays import delivered_on, holidays, nth_working_day_after


def test_holidays_are_those_of_the_law() -> None:
    assert sorted(holidays("BE", 2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 21),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ]
    assert date(2025, 4, 26) in holidays("NL", 2025)
    assert date(2025, 4, 27) not in holidays("NL", 2025)
    assert date(2026, 5, 5) in holidays("NL", 2026)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 5))
def test_a_working_day_is_later_and_no_weekend_nor_holiday(day: date, count: int) -> None:
    found = nth_working_day_after("BE", day, count)

    assert found >= day + timedelta(days=count)
    assert found.weekday() < 5
    assert found not in holidays("BE", found.year)


@pytest.mark.parametrize(
    ("posted", "delivered"),
    [
        (date(2026, 11, 2), date(2026, 11, 4)),
        (date(2026, 11, 3), date(2026, 11, 5)),
        (date(2026, 11, 4), date(2026, 11, 6)),
        (date(2026, 11, 5), date(2026, 11, 7)),
        (date(2026, 11, 6), date(2026, 11, 10)),
        (date(2026, 11, 7), date(2026, 11, 11)),
        (date(2026, 12, 24), date(2026, 12, 30)),
    ],
)
def test_a_dutch_letter_is_delivered_on_the_second_day_of_delivery(posted: date, delivered: date) -> None:
    assert delivered_on("NL", posted) == delivered
