"""What a run did not do, and why: it is left to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

MAX_SHOWN = 20
"""Findings of a kind that a run's result shows; all of them are counted there, and listed by run."""

MAX_NAMED = 20
"""Items that are named of an account that was left alone."""

FindingKind = Literal["suggestion", "left-alone", "refused"]
LISTS: Mapping[FindingKind, str] = {"suggestion": "suggestions", "left-alone": "left_alone", "refused": "refused"}
"""What a run's result calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One account of a run: a combination that is only suggested, an account left alone, or an undo that was refused.

    `match_id` is what stands in the way or was not undone, `used_by` what uses its remainder, which is the only item.
    """

    kind: FindingKind
    party_id: str
    code: str
    currency: str | None = None
    match_id: UUID | None = None
    zero_balance_date: date | None = None
    item_ids: tuple[str, ...] = ()
    used_by: tuple[UUID, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Its facts, without those that it does not have."""
        facts = {name: value for name, value in asdict(self).items() if name != "kind" and value not in (None, ())}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


def nothing_found(*kinds: FindingKind) -> dict[str, Any]:
    """How a run's result begins: no finding of each kind."""
    return {name: empty for kind in kinds for name, empty in ((LISTS[kind], []), (f"{LISTS[kind]}_total", 0))}


def told(so_far: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """The result's lists and totals after some more findings: every one is counted, the first MAX_SHOWN are shown."""
    after = {
        name: so_far[name]
        for name in (*LISTS.values(), *(f"{name}_total" for name in LISTS.values()))
        if name in so_far
    }
    for kind, name in LISTS.items():
        more = [finding.shown() for finding in findings if finding.kind == kind]
        if more:
            after[name] = (after[name] + more)[:MAX_SHOWN]
            after[f"{name}_total"] += len(more)
    return after
