"""What of a proposal is to be marked or unmarked, and what became of what was marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.matching.domain.list_order import ItemPlace


class GroupKey(NamedTuple):
    """A group of a proposal: groups are numbered party by party."""

    party_id: str
    group_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkScope:
    """Named items, groups or parties of a proposal; everything when none of the three is given."""

    items: Sequence[ItemPlace] | None = None
    groups: Sequence[GroupKey] | None = None
    parties: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class MarkOutcome:
    """What became of a marked item: matched, by which match, or dropped, as a code that says why."""

    party_id: str
    item_id: str
    code: str
    match_id: UUID | None = None
