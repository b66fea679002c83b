"""Months of a subscription's period, and an open amount shared out over those gone by and those still valid."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from services.writeoff.domain.requests import round_half_up

MONTHS_OF_A_YEAR = 12


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day when it is shorter."""
    index = day.year * MONTHS_OF_A_YEAR + day.month - 1 + months
    year, month = index // MONTHS_OF_A_YEAR, index % MONTHS_OF_A_YEAR + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(start: date, end: date) -> int:
    """How many months have gone by completely from the day `start` until the end of the day `end`; 0 before it."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * MONTHS_OF_A_YEAR + after.month - start.month
    if months > 0 and add_months(start, months) > after:
        months -= 1
    return max(0, months)


def months_of_period(start: date, end: date) -> int:
    """The months of a period, a begun one at its end counted as one; the period's last day belongs to it."""
    months = whole_months(start, end)
    return months if months and add_months(start, months) > end else months + 1


def month_end(day: date) -> date:
    """The last day of a month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def split_by_months(open_amount: int, start: date, end: date, cancelled_on: date) -> tuple[int, int]:
    """An open contribution, shared out over the months gone by and the months still valid.

    The first is written off on A910 and the second on A911. A month counts as gone by when all of its
    days are, that of the cancellation included; the month under way is still valid. Cancelled before the period
    everything is still valid, after it everything has gone by. Both parts have the sign of the amount, in minor
    units, and add up to it exactly.
    """
    total = months_of_period(start, end)
    elapsed = total if cancelled_on >= end else min(whole_months(start, cancelled_on), total)
    gone_by = round_half_up(open_amount * elapsed, total)
    return gone_by, open_amount - gone_by
