"""The values that matching decides about: items, lines, and the matches that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from contracts.library import ItemStatus

MAX_ALLOCATIONS = 1_000
"""Most allocations of one match, so that its event stays small; larger work becomes several matches."""

ItemKey = tuple[str, str, str]
"""(administration, party_id, item_id): as events name items, tens of thousands a second."""


class PartyKey(NamedTuple):
    """A party of an administration: whose lock every change of open amounts takes."""

    administration: str
    party_id: str


class MatchKey(NamedTuple):
    """A match of a party."""

    administration: str
    party_id: str
    match_id: UUID

    @property
    def party(self) -> PartyKey:
        """The party whose match it is."""
        return PartyKey(self.administration, self.party_id)


class ProposalKey(NamedTuple):
    """A proposal of an administration."""

    administration: str
    proposal_id: UUID


@dataclass(frozen=True, slots=True)
class PartyChunk:
    """Parties of an administration that one transaction looks at."""

    administration: str
    parties: Sequence[str]


class LedgerItem(NamedTuple):
    """An item with what is open of it, in minor units of its currency; open_base_amount in those of the base.

    A tuple, because requests make tens of thousands of them a second.
    """

    administration: str
    party_id: str
    item_id: str
    currency: str
    amount: int
    base_amount: int | None
    open_amount: int
    open_base_amount: int | None
    item_date: date
    voucher: str
    kind: str
    journal: str
    due_date: date | None = None
    payment_terms_days: int | None = None
    payment_method: str | None = None
    description: str = ""
    branch: str | None = None
    invoice_number: str | None = None
    reference: str | None = None
    in_payment_run: bool = False
    on_bank_statement: bool = False
    blocked: bool = False
    status: ItemStatus = "open"
    given_back_on: date | None = None

    @property
    def key(self) -> ItemKey:
        """By what all services know the item: its administration, its party, and the id that is the party's own."""
        return (self.administration, self.party_id, self.item_id)

    @property
    def party(self) -> PartyKey:
        """The party whose item it is."""
        return PartyKey(self.administration, self.party_id)

    @property
    def settlement_order(self) -> tuple[date, str, str]:
        """Oldest first; ties by voucher, then item id."""
        return (self.item_date, self.voucher, self.item_id)

    @property
    def earliest_on(self) -> date:
        """The earliest day of a match on it: its own, or the latest on which an undone match gave something back."""
        return self.item_date if self.given_back_on is None else max(self.item_date, self.given_back_on)

    @property
    def is_held(self) -> bool:
        """Whether no run may take it: it is in a payment run or on a bank statement that was read."""
        return self.in_payment_run or self.on_bank_statement


@dataclass(frozen=True, slots=True)
class Line:
    """What a match does to an item: `amount` is added to its open amount, which is `open_amount` then."""

    item_id: str
    amount: int
    open_amount: int
    currency: str
    base_amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contra:
    """The other side of what the lines do not balance among themselves."""

    kind: str
    amount: int
    base_amount: int = 0
    journal: str | None = None
    gl_account: str | None = None
    item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Where and when a match is booked, by whom, and from which request; checked against the configuration."""

    match_date: date
    journal: str
    fiscal_year: int
    period: int
    employee: str
    base_currency: str
    allows_foreign_currency: bool = False
    exchange_gains: str | None = None
    exchange_losses: str | None = None
    run_id: UUID | None = None
    request_id: UUID | None = None
    note: str = ""
    settlement_information: bool = True
    origin_administration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A match to be appended; `touched_on` is the latest day of what it touches, which it is not earlier than."""

    administration: str
    party_id: str
    match_id: UUID
    method: str
    currency: str
    booking: Booking
    lines: Sequence[Line]
    touched_on: date
    contra: Contra | None = None
    reversal_of: UUID | None = None
    reason: str | None = None
    skipped: Sequence[dict[str, Any]] = field(default=())
    is_foreign: bool = False

    def __post_init__(self) -> None:
        """Only our bug can make an entry that is earlier than what it touches: whoever asks for one is refused."""
        assert self.booking.match_date >= self.touched_on, "no booking is earlier than what it touches"

    @property
    def exchange_difference(self) -> int:
        """What is missing in the base currency once everything is booked, where the lines' base amounts are known."""
        if any(line.base_amount is None for line in self.lines):
            return 0
        booked = sum(line.base_amount or 0 for line in self.lines)
        return -booked - (self.contra.base_amount if self.contra else 0)


@dataclass(frozen=True, slots=True)
class LedgerAllocation:
    """Which credit settled which charge, for how much (> 0, minor units)."""

    charge_item_id: str
    credit_item_id: str
    amount: int


def allocations_of(item_ids: Sequence[str], amounts: Sequence[int]) -> list[LedgerAllocation]:
    """The settlement information of a match: its charges and credits side by side, in the order of its lines.

    A line with a negative amount lowers a charge, one with a positive amount a credit. What a contra takes is left
    over at the end of one side.
    """
    lowered = [(item_id, -amount) for item_id, amount in zip(item_ids, amounts, strict=True) if amount < 0]
    raised = [(item_id, amount) for item_id, amount in zip(item_ids, amounts, strict=True) if amount > 0]
    found = []
    charge = credit = 0
    charge_left = credit_left = 0
    while charge < len(lowered) and credit < len(raised):
        charge_left = charge_left or lowered[charge][1]
        credit_left = credit_left or raised[credit][1]
        amount = min(charge_left, credit_left)
        found.append(LedgerAllocation(lowered[charge][0], raised[credit][0], amount))
        charge_left -= amount
        credit_left -= amount
        charge += charge_left == 0
        credit += credit_left == 0
    return found
