"""What the API shows of items and matches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from chassis.http import View
from services.matching.store.matches import event_of


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


class Reservation(View):
    """A proposal that holds an item for a while."""

    proposal_id: UUID
    employee: str
    expires_at: datetime


class Explanation(View):
    """An item, everything that settled it, and what keeps a run from taking it."""

    item: ItemView
    matches: tuple[MatchView, ...]
    reservation: Reservation | None
    not_matched_because: tuple[str, ...]


def show_item(row: asyncpg.Record) -> ItemView:
    """An item's row as the API shows it."""
    return ItemView.model_validate(dict(row))


def show_match(row: asyncpg.Record) -> MatchView:
    """A match's row as the API shows it."""
    return MatchView(sequence=row["sequence"], reversed_by=row["reversed_by"], match=event_of(row))


def obstacles(item: ItemView, reservation: Reservation | None) -> tuple[str, ...]:
    """Why no run takes an item, in words; empty when a run may."""
    found = []
    if item.open_amount == 0:
        found.append("nothing is open any more")
    if item.in_payment_run:
        found.append("it is in a payment run")
    if item.on_bank_statement:
        found.append("it is on a bank statement that was read")
    if reservation:
        found.append(
            f"proposal {reservation.proposal_id} of {reservation.employee} holds it until {reservation.expires_at}"
        )
    return tuple(found)
