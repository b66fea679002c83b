"""Published by selection: sets, approved write-offs, the black list."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue

from contracts.event import (
    MAX_LINES,
    Code,
    Contract,
    Employee,
    Event,
    EventDate,
    Identifier,
    Note,
    PartyEvent,
    RequestId,
    Text,
    Total,
    Version,
)
from contracts.guards import Count, CountFromOne, without_nul_within
from contracts.money import Currency, NonZeroAmount


class SetCreated(Event):
    """A set was made from criteria, or fixed: frozen under a name."""

    topic: ClassVar[str] = "set-created"
    publisher: ClassVar[str] = "selection"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "set_id": "01937c1e-0000-7000-8000-000000000001",
        "name": "Older than two years",
        "set_type": "items",
        "fixed": True,
        "criteria": {"field": "open_amount", "operator": "gt", "value": 100},
        "items": 36,
        "parties": 30,
        "totals": [{"currency": "EUR", "amount": 45100}],
        "employee": "e.maes",
        "created_at": "2026-11-22T09:00:00Z",
    }

    set_id: UUID
    name: Text | None
    set_type: Literal["items", "parties"]
    fixed: bool
    criteria: Annotated[
        dict[str, JsonValue] | None,
        Field(description="The criteria tree that found the members"),
        AfterValidator(without_nul_within),
    ]
    items: Count
    parties: Count
    totals: tuple[Total, ...]
    employee: Employee
    created_at: AwareDatetime


class ApprovedItem(Contract):
    """An item and the open amount whose write-off was approved, in the item's sign."""

    item_id: Identifier
    currency: Currency
    open_amount: NonZeroAmount


class WriteoffRequested(PartyEvent):
    """An approved write-off of items of one party.

    A batch is one approval; it is told in `batch_requests` events, so that the last answer can be recognised.
    """

    topic: ClassVar[str] = "writeoff-requested"
    publisher: ClassVar[str] = "selection, operators' tools"
    is_ingested: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "request_id": "01937c1e-0000-7000-8000-000000000002",
        "batch_id": "01937c1e-0000-7000-8000-000000000003",
        "batch_requests": 1,
        "journal": "A920",
        "date": "2026-11-22",
        "lines": [{"item_id": "I-2026-000881", "currency": "EUR", "open_amount": 1250}],
        "employee": "e.maes",
    }

    request_id: RequestId
    batch_id: UUID
    batch_requests: CountFromOne
    set_id: UUID | None = None
    journal: Annotated[Code, Field(description="The A-journal to book on: the reason")]
    date: EventDate
    lines: Annotated[tuple[ApprovedItem, ...], Field(min_length=1, max_length=MAX_LINES)]
    note: Note = ""
    employee: Employee
    approved_by: Employee | None = None


class PartyBlacklisted(PartyEvent):
    """A party was put on, or taken off, the black list; the highest version wins."""

    topic: ClassVar[str] = "party-blacklisted"
    publisher: ClassVar[str] = "selection"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "version": 1,
        "listed": True,
        "reason": "Owes more than 500.00",
        "until": "2027-11-22",
        "employee": "e.maes",
    }

    version: Version
    listed: bool
    reason: Text
    until: EventDate | None = None
    employee: Employee
