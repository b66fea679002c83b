"""A request and the profiles of its administration, in the form in which the database decides by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.members import DebtorItem
from services.reminders.domain.profiles import LEVELS_MAX, ProfileBook, next_step

MEMBER_SEPARATOR = "\x1f"
"""Between party and item in a member's key; no identifier has control characters."""

Rules = dict[str, Any]
"""What the SQL function considered_item takes: a criterion that was not given is not there."""
DAY_NOUGHT = date(2000, 1, 1)
"""Days are counted from here: unlike a date in text, a number of days is the same under every setting."""


def rules_of(request: ListRequest, book: ProfileBook) -> Rules:
    """Criteria, preferences, and what follows each level of each profile, as the database takes them."""
    criteria = request.criteria.model_dump(mode="json", exclude={"blocked"}, exclude_none=True)
    preferences = request.preferences.model_dump(
        mode="json", exclude={"several_reminders", "unmatched_credits"}, exclude_none=True
    )
    return {
        "generation_day": (request.generation_date - DAY_NOUGHT).days,
        **{name: _as_set(value) for name, value in criteria.items() if value != []},
        **preferences,
        "by_party": book.by_party,
        "by_category": book.by_category,
        "by_language": book.by_language,
        "steps": [
            {
                "profile": position,
                "reached": reached,
                "level": step.level,
                "days_after_previous": step.days_after_previous,
                "minimum_amount": step.minimum_amount,
                "grace_days": profile.grace_days,
            }
            for position, profile in enumerate(book.profiles)
            for reached in range(LEVELS_MAX + 1)
            for step in [next_step(profile, reached)]
        ],
    }


def among(rules: Rules, members: Sequence[DebtorItem]) -> Rules:
    """The same rules for these members only: what else is open is not in the run."""
    return {**rules, "members": _as_set([f"{one.party_id}{MEMBER_SEPARATOR}{one.item_id}" for one in members])}


def _as_set(value: Any) -> Any:
    """A list as the keys of an object, in which the database finds one by halving."""
    return dict.fromkeys(value, 1) if isinstance(value, list) else value
