"""Published by matching: what was settled, and what was refused."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import (
    MAX_LINES,
    Code,
    Contract,
    Employee,
    EventDate,
    Identifier,
    ItemOutcome,
    Note,
    PartyEvent,
    RequestId,
    Text,
    Version,
)
from contracts.guards import Kept, Number, ReasonCode
from contracts.money import Amount, Currency, NonZeroAmount

MatchMethod = Literal[
    "account-balance",
    "opposite-items",
    "credit-notes",
    "oldest-first",
    "reference",
    "manual",
    "write-off",
    "small-balance",
    "correction",
    "revaluation",
    "reversal",
]
ContraKind = Literal["write-off", "payment-difference", "exchange-difference", "remainder", "correction"]


class MatchLine(Contract):
    """What a match did to one item: `amount` was added to its open amount, which is `open_amount` since.

    `version` is the match's number in the one sequence of the whole ledger: higher with every match on the item, and
    with gaps. A projection takes a line only when its version is higher.
    """

    item_id: Identifier
    amount: NonZeroAmount
    open_amount: Amount
    version: Version
    currency: Annotated[Currency, Field(description="Only in an explicit foreign-currency match")] | None = None
    base_amount: Amount | None = None


class ContraLine(Contract):
    """The other side of what the items' lines do not balance among themselves."""

    kind: ContraKind
    amount: Amount
    journal: Code | None = None
    gl_account: Code | None = None
    item_id: Annotated[Identifier, Field(description="The remainder that was made")] | None = None
    base_amount: Amount | None = None


class Allocation(Contract):
    """Settlement information: which credit settled which charge, for how much (> 0)."""

    charge_item_id: Identifier
    credit_item_id: Identifier
    amount: Annotated[Amount, Field(gt=0)]


class ItemsMatched(PartyEvent):
    """A match, or the reversal of one. Per currency, lines and contra lines add up to zero."""

    topic: ClassVar[str] = "items-matched"
    publisher: ClassVar[str] = "matching"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "match_id": "01937c1e-0000-7000-8000-000000000004",
        "method": "oldest-first",
        "currency": "EUR",
        "date": "2026-11-22",
        "journal": "M90",
        "fiscal_year": 2026,
        "period": 11,
        "lines": [
            {"item_id": "I-2026-000881", "amount": -1250, "open_amount": 0, "version": 1},
            {"item_id": "I-2026-000912", "amount": 1250, "open_amount": -750, "version": 1},
        ],
        "employee": "e.maes",
        "recorded_at": "2026-11-22T09:00:00Z",
    }

    match_id: UUID
    method: MatchMethod
    reversal_of: UUID | None = None
    request_id: RequestId | None = None
    run_id: UUID | None = None
    currency: Currency
    date: EventDate
    journal: Code
    fiscal_year: Number
    period: Number
    reason: Annotated[Code, Field(description="The A-journal of a write-off")] | None = None
    note: Note = ""
    employee: Employee
    origin_administration: Annotated[Identifier, Field(description="Where a correction was made")] | None = None
    recorded_at: AwareDatetime
    lines: Annotated[tuple[MatchLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    contra_lines: Annotated[tuple[ContraLine, ...], Field(max_length=10)] = ()
    allocations: Annotated[tuple[Allocation, ...], Field(max_length=MAX_LINES)] = ()
    skipped: Annotated[tuple[ItemOutcome, ...], Field(max_length=MAX_LINES)] = ()


class MatchRejected(PartyEvent):
    """A match request that had no effect, and why."""

    topic: ClassVar[str] = "match-rejected"
    publisher: ClassVar[str] = "matching"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "request_id": "01937c1e-0000-7000-8000-000000000002",
        "code": "closed-period",
        "message": "Period 2026/10 is closed: choose a date in an open period.",
        "employee": "e.maes",
        "recorded_at": "2026-11-22T09:00:00Z",
    }

    request_id: RequestId
    code: ReasonCode
    message: Text
    field: Annotated[str, Field(max_length=200), Kept] | None = None
    items: Annotated[tuple[ItemOutcome, ...], Field(max_length=MAX_LINES)] = ()
    employee: Employee
    recorded_at: AwareDatetime
