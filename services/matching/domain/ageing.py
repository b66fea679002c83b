"""Ageing buckets: days on which they begin, and how they are named."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chassis.errors import Refused

AgeBasis = Literal["due-date", "item-date"]


@dataclass(frozen=True, slots=True)
class AgeScale:
    """How age is counted: from which date of an item, and on which days the buckets begin; as `check_buckets` gives."""

    basis: AgeBasis
    first_days: Sequence[int]

    @property
    def names(self) -> list[str]:
        """The buckets' names by their numbers."""
        return bucket_names(self.first_days)


def check_buckets(days: Sequence[int]) -> list[int]:
    """The first days of the buckets; raises Refused unless each is later than the one before."""
    for earlier, later in itertools.pairwise(days):
        if later <= earlier:
            raise Refused(
                "overlapping-buckets",
                "The bucket from day {later} begins before the one from day {earlier} has begun.",
                later=later,
                earlier=earlier,
                field="buckets",
                remedy="Give the first days in rising order, such as 1,31,61,91.",
            )
    return list(days)


def bucket_names(days: Sequence[int]) -> list[str]:
    """Names by bucket number: what lies before the first day, the ranges, and what is older than all."""
    ranges = [f"{low}-{high - 1}" for low, high in itertools.pairwise(days)]
    return [f"<{days[0]}", *ranges, f">={days[-1]}"]
