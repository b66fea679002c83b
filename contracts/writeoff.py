"""Published by writeoff: what it asks the ledger to settle, and the final outcome of a batch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

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
    Total,
)
from contracts.guards import Count, CountFromOne, Number, ReasonCode, Sum
from contracts.money import Amount, Currency, NonZeroAmount

ASK_LINES = 500
"""Items of a write-off that one match-requested asks for at most: the ledger settles what it is asked in one match."""


def ask_name(journal: str, currency: str, number: int = 0) -> str:
    """Name the `number`-th (from 0) ASK_LINES items of a write-off request on a journal in a currency.

    The id of the match-requested that asks for them is the UUID of this name in the namespace of the request's own id
    (RFC 9562, version 5): whoever asked knows which answers of the ledger are answers to it.
    """
    return f"{journal}:{currency}:{number}"


class RequestedLine(Contract):
    """The most that may be settled of an item, in the sign of its open amount.

    Less is settled when less is open. When `approved_open_amount` is given, an item that has more open than
    that is left out: what grew since was not approved.
    """

    item_id: Identifier
    amount: NonZeroAmount
    approved_open_amount: Amount | None = None


class RequestedContra(Contract):
    """Where the settled amounts go when they do not balance among the lines."""

    kind: Literal["write-off", "payment-difference", "correction"]
    journal: Code
    gl_account: Code | None = None


class MatchRequested(PartyEvent):
    """Settle these lines of this party: against the contra, or against each other when there is none."""

    topic: ClassVar[str] = "match-requested"
    publisher: ClassVar[str] = "writeoff, other systems"
    is_ingested: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "request_id": "01937c1e-0000-7000-8000-000000000002",
        "method": "write-off",
        "currency": "EUR",
        "date": "2026-11-22",
        "journal": "A920",
        "lines": [{"item_id": "I-2026-000881", "amount": 1250, "approved_open_amount": 1250}],
        "contra": {"kind": "write-off", "journal": "A920"},
        "employee": "e.maes",
    }

    request_id: RequestId
    method: Literal["manual", "write-off", "small-balance", "correction", "reversal"]
    currency: Currency
    date: EventDate
    journal: Code
    fiscal_year: Number | None = None
    period: Number | None = None
    lines: Annotated[tuple[RequestedLine, ...], Field(max_length=MAX_LINES)]
    contra: RequestedContra | None = None
    reversal_of: Annotated[UUID, Field(description="With method reversal: the match to undo; no lines then")] | None = (
        None
    )
    only_after: (
        Annotated[UUID, Field(description="An earlier request of the party; refused unless that had an effect")] | None
    ) = None
    note: Note = ""
    employee: Employee
    origin_administration: Identifier | None = None


class WrittenOff(Contract):
    """What was written off on one journal in one currency."""

    journal: Code
    currency: Currency
    items: Count
    amount: Annotated[Sum, Field(description="Sum in minor units, positive for charges waived")]


class SkippedFor(Contract):
    """How many items were left out for one reason."""

    code: ReasonCode
    items: CountFromOne


class ItemsWrittenOff(Event):
    """The final outcome of a batch: requested n, written off m, skipped k and why."""

    topic: ClassVar[str] = "items-written-off"
    publisher: ClassVar[str] = "writeoff"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "batch_id": "01937c1e-0000-7000-8000-000000000003",
        "requested_items": 36,
        "written_off_items": 35,
        "skipped_items": 1,
        "written_off": [{"journal": "A920", "currency": "EUR", "items": 35, "amount": 44000}],
        "skipped": [{"code": "settled-meanwhile", "items": 1}],
        "requested": [{"currency": "EUR", "amount": 45100}],
        "employee": "e.maes",
        "completed_at": "2026-11-22T09:00:10Z",
    }

    batch_id: UUID
    set_id: UUID | None = None
    requested_items: Count
    written_off_items: Count
    skipped_items: Count
    requested: tuple[Total, ...]
    written_off: tuple[WrittenOff, ...]
    skipped: tuple[SkippedFor, ...] = ()
    employee: Employee
    completed_at: AwareDatetime
