"""What the API shows of items and matches."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from chassis.http import Told, View
from services.matching.operations.inquiries import FoundItem, FoundMatch


class ItemView(View):
    """An item, its changeable side, and what is open of it."""

    party_id: str
    item_id: str
    kind: str
    journal: str
    voucher: str
    item_date: date
    due_date: date | None
    currency: str
    amount: int = Field(description="Posted, in minor units")
    open_amount: int
    version: int = Field(description="Sequence of the last match on it; 0 for none, and for a settled item")
    invoice_number: str | None
    reference: str | None
    description: str
    branch: str | None
    blocked: bool
    in_payment_run: bool
    on_bank_statement: bool
    processed: bool
    status: str = Field(description="open, invoiced, reminded, bailiff; settled when nothing is open")


class MatchView(View):
    """A clearing entry, with the match that undid it if there is one."""

    sequence: int
    reversed_by: UUID | None
    match: dict[str, Any] = Field(description="As items-matched tells it")


class CurrencyTotal(View):
    """What is open of a party in one currency; credits are negative."""

    currency: str
    open_amount: int
    items: int
    charges: int
    credits: int


class ReservationView(View):
    """A proposal that holds an item for a while."""

    proposal_id: UUID
    employee: str
    expires_at: datetime


class Explanation(View):
    """An item, everything that settled it, and what keeps a run from taking it."""

    item: ItemView
    matches: tuple[MatchView, ...]
    reservation: ReservationView | None
    not_matched_because: tuple[Told, ...]


def show_item(row: asyncpg.Record) -> ItemView:
    """An item's row as the API shows it."""
    return ItemView.model_validate(dict(row))


def show_match(found: FoundMatch) -> MatchView:
    """A match as the API shows it."""
    return MatchView(sequence=found.sequence, reversed_by=found.reversed_by, match=found.match)


def show_explanation(found: FoundItem) -> Explanation:
    """An item with all that explains it, as the API shows it."""
    return Explanation(
        item=show_item(found.item),
        matches=tuple(map(show_match, found.matches)),
        reservation=ReservationView.model_validate(asdict(found.reservation)) if found.reservation else None,
        not_matched_because=found.obstacles,
    )
