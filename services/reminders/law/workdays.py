"""Days that count: working days, and the day on which a letter is taken to be delivered."""

from __future__ import annotations

from datetime import date
from functools import cache

from dateutil.easter import easter

from services.reminders.law.published_rates import ONE_DAY, tables

MONDAY, SATURDAY, SUNDAY = 0, 5, 6
WORKING_DAYS_SEARCHED_MAX = 60
DAYS_OF_DELIVERY = 2


@cache
def holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of a country in a year."""
    rule = tables().holidays[country]
    sunday = easter(year)
    moved = (date(year, month, day) for month, day in rule.moved_from_sunday)
    return frozenset(
        {date(year, month, day) for month, day in rule.fixed}
        | {sunday + ONE_DAY * offset for offset in rule.from_easter}
        | {day - ONE_DAY if day.weekday() == SUNDAY else day for day in moved}
    )


def is_holiday(country: str, day: date) -> bool:
    """Tell whether a day is a public holiday."""
    return day in holidays(country, day.year)


def nth_working_day_after(country: str, day: date, count: int) -> date:
    """Return the count-th working day after a day.

    Saturdays are left out as well as Sundays and public holidays: where the law leaves it open, the debtor has longer.
    """
    found = day
    for _ in range(WORKING_DAYS_SEARCHED_MAX):
        found += ONE_DAY
        if found.weekday() < SATURDAY and not is_holiday(country, found):
            count -= 1
        if count == 0:
            return found
    raise AssertionError(f"no working day after {day} within {WORKING_DAYS_SEARCHED_MAX} days")


def delivered_on(country: str, posted: date) -> date:
    """Return the day on which a letter is taken to be delivered: the second day after posting.

    Sundays, Mondays and public holidays count neither between nor as the day of delivery, as the Dutch Supreme Court
    takes it for a rule of experience (HR 25 November 2016, ECLI:NL:HR:2016:2704, 3.6.3).
    """
    found, count = posted, 0
    for _ in range(WORKING_DAYS_SEARCHED_MAX):
        found += ONE_DAY
        if found.weekday() not in {SUNDAY, MONDAY} and not is_holiday(country, found):
            count += 1
        if count == DAYS_OF_DELIVERY:
            return found
    raise AssertionError(f"no day of delivery after {posted} within {WORKING_DAYS_SEARCHED_MAX} days")
