"""No booking is earlier than what it touches, so that what was open on any past day can be told, today and later.

A match is not earlier than its items, nor than the latest day on which an undone match gave one of them back: between
its day and that one the item would be settled twice. A reversal is not earlier than its match, nor than its items.
With these two rules an item is on every day between nothing and its amount: where a match of `a` begins, no reversal
lies ahead, so that what is settled only grows from there to what is settled now, which is at most the amount less `a`;
where a reversal begins, its match is in force, so that at least `a` is settled.

A run leaves what does not fit its day; a single command is refused, naming the earliest day that fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chassis.errors import Refused
from services.matching.domain.ledger import LedgerItem


class TooEarly(Refused):
    """A booking that would be earlier than what it touches; message and remedy name the earliest day that fits."""


def check_match_day(day: date, items: Iterable[LedgerItem]) -> date:
    """The latest day of what a match of `day` touches; raises TooEarly unless it fits."""
    latest = max(items, key=lambda item: item.earliest_on)
    if latest.earliest_on <= day:
        return latest.earliest_on
    raise TooEarly(
        "earlier-than-item",
        "Item {item.item_id} is of {item.earliest_on}, later than {day}."
        if latest.item_date == latest.earliest_on
        else "Item {item.item_id} was settled until {item.earliest_on}, later than {day}.",
        item=latest,
        day=day,
        earliest=latest.earliest_on,
        field="date",
        remedy="Choose {earliest} or a later day.",
    )


def check_reversal_day(day: date, match_day: date, items: Iterable[LedgerItem]) -> date:
    """The latest day of what a reversal of `day` touches, its match and its items; raises TooEarly unless it fits."""
    latest = max([match_day, *(item.item_date for item in items)])
    if latest <= day:
        return latest
    raise TooEarly(
        "earlier-than-match",
        "What is undone is of {latest}, later than {day}.",
        latest=latest,
        day=day,
        field="date",
        remedy="Choose {latest} or a later day.",
    )
