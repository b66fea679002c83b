"""What criteria become for PostgreSQL: fixed pieces, and parameters of a day."""

from datetime import date

import pytest

from services.selection.domain.text_form import parse
from services.selection.store.predicate import compile_criteria

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("age", "day"),
    [
        ("126 years", date(1900, 3, 31)),
        ("127 years", date(1900, 1, 1)),
        ("40000 years", date(1900, 1, 1)),
        ("1514 months", date(1900, 1, 31)),
        ("1515 months", date(1900, 1, 1)),
        ("40000 months", date(1900, 1, 1)),
        ("40000 weeks", date(1900, 1, 1)),
        ("1 months", date(2026, 2, 28)),
        ("25 months", date(2024, 2, 29)),
        ("2 weeks", date(2026, 3, 17)),
    ],
)
def test_an_age_is_a_day_and_never_before_the_first_that_dates_may_have(age: str, day: date) -> None:
    predicate = compile_criteria(parse(f"age > {age}", "items"), today=TODAY, first=3)

    assert predicate.parameters == [day]
    assert predicate.text == "candidate.item_date < $3::date"
