"""What the API takes and shows of proposals."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, Json

from chassis.fingerprints import Fingerprint
from chassis.http import RequestBody, RequestPart, ToldReason, View
from services.matching.domain.forms import SelectionForm
from services.matching.domain.list_order import ItemPlace
from services.matching.domain.marking import GroupKey, MarkScope
from services.matching.operations.proposals import FoundProposal

MAX_NAMED = 5_000
"""Items, groups or parties that one request marks by name."""


class ProposalRequest(RequestBody, SelectionForm):
    """What is proposed; its items are held for the clerk for a while."""

    reserve_minutes: int = Field(default=60, ge=1, le=1_440, description="How long the items are held")


class NamedItem(RequestPart):
    """An item of a party."""

    party_id: str = Field(max_length=64)
    item_id: str = Field(max_length=64)


class NamedGroup(RequestPart):
    """A group of a party."""

    party_id: str = Field(max_length=64)
    group_number: int


class Marks(RequestBody):
    """What is marked or unmarked: named items, groups or parties, or everything when none of the three is given.

    An empty list names nothing, and is refused rather than taken for everything.
    """

    marked: bool
    items: tuple[NamedItem, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMED)
    groups: tuple[NamedGroup, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMED)
    parties: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMED)

    def scope(self) -> MarkScope:
        """The items, groups or parties that are to be marked."""
        return MarkScope(
            items=[ItemPlace(item.party_id, item.item_id) for item in self.items] if self.items else None,
            groups=[GroupKey(group.party_id, group.group_number) for group in self.groups] if self.groups else None,
            parties=self.parties or None,
        )


class MarkedItems(View):
    """How many items changed their mark, and how many that others marked stay as they are."""

    changed: int
    of_others: int


class Approval(RequestBody):
    """The fingerprint of what was looked at."""

    fingerprint: Fingerprint


class ProposalTotal(View):
    """Live totals of one currency; amounts are sums of what is open, credits being negative."""

    currency: str
    parties: int
    items: int
    marked_items: int
    open_amount: int
    marked_amount: int
    marked_charges: int
    matched_items: int
    dropped_items: int


class ProposalView(View):
    """A proposal as it stands; execute it with its fingerprint."""

    proposal_id: UUID
    method: str
    state: str = Field(description="building, open, executing, executed or discarded")
    failure: ToldReason | None = Field(
        description="Why its building or execution (`run`) ended before its end, after which it is open again"
    )
    form: Json[Any]
    employee: str
    created_at: datetime
    expires_at: datetime
    fingerprint: str
    totals: tuple[ProposalTotal, ...]


class ProposedParty(View):
    """A party of a proposal, with live totals."""

    party_id: str
    currency: str
    items: int
    marked_items: int
    open_amount: int
    marked_amount: int


class ProposedItem(View):
    """An item of a proposal, in its group, with what became of it."""

    party_id: str
    group_number: int
    item_id: str
    currency: str
    item_date: date
    voucher: str
    kind: str
    open_amount: int
    marked_by: str | None
    outcome: str | None
    match_id: UUID | None
    closes: bool
    reason: Json[Any]


class Discarded(View):
    """A proposal that was given up."""

    proposal_id: UUID


def show_proposal(found: FoundProposal) -> ProposalView:
    """A proposal with its totals as the API shows it."""
    row = found.proposal
    return ProposalView(
        **{
            name: row[name]
            for name in ("proposal_id", "method", "state", "form", "employee", "created_at", "expires_at")
        },
        failure=json.loads(row["failure"]) if row["failure"] else None,
        fingerprint=found.fingerprint,
        totals=tuple(ProposalTotal.model_validate(dict(total)) for total in found.totals),
    )
