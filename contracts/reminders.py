"""Published by reminders: who was reminded of what."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import MAX_LINES, Contract, Employee, EventDate, Identifier, PartyEvent, Total
from contracts.library import Document
from contracts.money import Amount


class RemindedItem(Contract):
    """An item on a reminder, with what was open of it and the level it reached."""

    item_id: Identifier
    open_amount: Amount
    level: Annotated[int, Field(ge=1, le=9)]


class ReminderIssued(PartyEvent):
    """A reminder was issued: the items count as reminded from now on."""

    topic: ClassVar[str] = "reminder-issued"
    publisher: ClassVar[str] = "reminders"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "reminder_id": "01937c1e-0000-7000-8000-000000000005",
        "run_id": "01937c1e-0000-7000-8000-000000000006",
        "level": 1,
        "date": "2026-11-22",
        "items": [{"item_id": "I-2026-000881", "open_amount": 1250, "level": 1}],
        "totals": [{"currency": "EUR", "amount": 1250}],
        "channel": "letter",
        "document": {"document_id": "R-1", "kind": "reminder", "name": "reminder.pdf"},
        "employee": "e.maes",
    }

    reminder_id: UUID
    run_id: UUID
    level: Annotated[int, Field(ge=1, le=9)]
    date: EventDate
    items: Annotated[tuple[RemindedItem, ...], Field(min_length=1, max_length=MAX_LINES)]
    totals: tuple[Total, ...]
    fee_item_ids: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    interest_item_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_LINES)] = ()
    channel: Literal["letter", "e-mail"]
    document: Document
    employee: Employee
