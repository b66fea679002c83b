"""A request and the profiles of its administration, in the form in which the database decides by them."""

from __future__ import annotations

from typing import Any

from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.profiles import LEVELS_MAX, ProfileBook, next_step

MEMBER_SEPARATOR = "\x1f"
"""Between party and item in a member's key; no identifier has control characters."""

Rules = dict[str, Any]
"""What the SQL function considered_item takes: criteria without value are null, lists are never empty."""


def rules_of(request: ListRequest, book: ProfileBook) -> Rules:
    """Everything that decides about an item but the item and its debtor."""
    criteria = request.criteria.model_dump(mode="json", exclude={"blocked"})
    preferences = request.preferences.model_dump(mode="json", exclude={"several_reminders"})
    return {
        "generation_date": request.generation_date.isoformat(),
        **{name: value or None if isinstance(value, list) else value for name, value in criteria.items()},
        **preferences,
        "by_party": _keys(book.by_party),
        "by_category": _keys(book.by_category),
        "by_language": _keys(book.by_language),
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


def among(rules: Rules, members: list[tuple[str, str]]) -> Rules:
    """The same rules for these members (party, item) only: what else is open is not in the run."""
    return {**rules, "members": [f"{party_id}{MEMBER_SEPARATOR}{item_id}" for party_id, item_id in members]}


def _keys(positions: dict[str, int]) -> list[dict[str, Any]]:
    return [{"key": key, "profile": position} for key, position in positions.items()]
