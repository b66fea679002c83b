"""Which profile a debtor is reminded by, and which level follows the one that an item reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.operators import ReminderLevel, ReminderProfile

LEVELS_MAX = 9
DEFAULT_PROFILE = ReminderProfile(profile="standard", levels=tuple(ReminderLevel(level=level) for level in (1, 2, 3)))
"""Three levels, two weeks apart, by letter and without costs: for administrations that configure none."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What follows for an item that reached a level; `level` None when it is reminded no more."""

    level: int | None
    days_after_previous: int
    minimum_amount: int


@dataclass(frozen=True, slots=True)
class ProfileBook:
    """An administration's profiles: position 0 is the default, the others follow in the order of the configuration.

    A profile belongs to a debtor, a category or a language, whichever of them it names first in that order; of two for
    the same, the first holds.
    """

    profiles: tuple[ReminderProfile, ...]
    by_party: dict[str, int]
    by_category: dict[str, int]
    by_language: dict[str, int]


def read_profiles(configured: Sequence[ReminderProfile]) -> ProfileBook:
    """Sort an administration's profiles by whom they are for."""
    default = next((p for p in configured if not (p.party_id or p.category or p.language)), DEFAULT_PROFILE)
    book = ProfileBook((default, *(p for p in configured if p is not default)), {}, {}, {})
    for position, profile in enumerate(book.profiles):
        if profile.party_id:
            book.by_party.setdefault(profile.party_id, position)
        elif profile.category:
            book.by_category.setdefault(profile.category, position)
        elif profile.language:
            book.by_language.setdefault(profile.language, position)
    return book


def next_step(profile: ReminderProfile, reached: int) -> NextStep:
    """What follows level `reached` (0: never reminded).

    Levels rise one by one, the last one is repeated, and none ever falls: an item that reached more than a changed
    profile has keeps its level. An item that reached `block_after` is reminded no more.
    """
    last = profile.levels[-1].level
    level = max(reached, min(reached + 1, last))
    terms = profile.levels[min(level, last) - 1]
    is_over = profile.block_after is not None and reached >= profile.block_after
    return NextStep(None if is_over else level, terms.days_after_previous, terms.minimum_amount)


def level_terms(profile: ReminderProfile, level: int) -> ReminderLevel:
    """The profile's terms for a level; those of its last for any beyond."""
    return profile.levels[min(level, profile.levels[-1].level) - 1]
