"""In which order long lists go: each goes on after the place of the last row that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Place]):
    """A part of a long list: at most `limit` rows, those that come after a place."""

    after: Place
    limit: int


class ItemPlace(NamedTuple):
    """An item, in a list by party and item id."""

    party_id: str = ""
    item_id: str = ""


class MatchPlace(NamedTuple):
    """A match, in a list by party and in the order in which matches were booked."""

    party_id: str = ""
    sequence: int = 0


class FindingPlace(NamedTuple):
    """A finding of a run, in a list by party."""

    party_id: str = ""
    number: int = 0


class AccountPlace(NamedTuple):
    """An account, in a list by party and currency."""

    party_id: str = ""
    currency: str = ""


class ProposedItemPlace(NamedTuple):
    """An item of a proposal, in a list by party and group."""

    party_id: str = ""
    group_number: int = 0
    item_id: str = ""


class AdjustmentPlace(NamedTuple):
    """An exchange adjustment, in a list by party and currency, what the next day takes back after what was booked."""

    party_id: str = ""
    currency: str = ""
    is_reversal: bool = False
