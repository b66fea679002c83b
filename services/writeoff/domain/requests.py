"""What a request comes to: what the ledger is asked for, and which lines are refused, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from chassis.errors import Refused
from chassis.identity.actor import same_employee
from chassis.ids import derived_id
from chassis.sentences import Sentence
from contracts.operators import FiscalPeriod
from contracts.writeoff import ASK_LINES, ask_name
from read_model.write_offs import Waivable
from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import Undoing

Origin = Literal["batch", "manual", "rule", "reversal"]

PartyKey = tuple[str, str]
"""(administration, party_id)"""
RequestKey = tuple[str, str, UUID]
"""(administration, party_id, request_id or ask_id)"""
CauseKey = tuple[str, str, str, str]
"""(administration, party_id, topic, cause_key)"""


class Item(NamedTuple):
    """What decisions need to know of an item; `open_amount` is what the ledger said last, in minor units."""

    item_id: str
    kind: str
    currency: str
    amount: int
    open_amount: int
    base_amount: int | None = None
    status: str = "open"
    item_date: date = date.min
    party_kind: str = "debtor"
    subscription_id: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    loan_id: str | None = None
    material_id: str | None = None
    checkin_id: str | None = None
    note_id: str | None = None
    given_back_on: date | None = None

    @property
    def earliest_on(self) -> date:
        """The first day on which it may be written off: its own, or the last on which an undone match gave it back."""
        return self.item_date if self.given_back_on is None else max(self.item_date, self.given_back_on)

    def base_share(self, amount: int) -> int:
        """What of the posting's base amount belongs to this share; the amount itself where none was posted."""
        if self.base_amount is None:
            return amount
        return round_half_up(self.base_amount * amount, self.amount)


PartyItems: TypeAlias = Mapping[PartyKey, Mapping[str, Item]]
"""Items that are known, by party and id."""


class AskedLine(NamedTuple):
    """Write off `amount` of an item on a journal, as long as no more than the approved amount is open."""

    item_id: str
    journal: str
    currency: str
    amount: int
    approved_open_amount: int


class Request(NamedTuple):
    """Lines of one party that are asked for together, by one employee, for one reason.

    `undoes` are settlements that are undone before, so that what was paid of the lines' items stands as a credit.
    """

    administration: str
    party_id: str
    request_id: UUID
    origin: Origin
    date: date
    employee: str
    lines: tuple[AskedLine, ...]
    note: str = ""
    approved_by: str | None = None
    needs_approval: str | None = None
    batch_id: UUID | None = None
    rule: str | None = None
    cause_topic: str | None = None
    cause_key: str | None = None
    reversal_of: UUID | None = None
    undoes: tuple[Undoing, ...] = ()

    @property
    def cause(self) -> CauseKey:
        """The key of the cause behind it."""
        assert self.cause_topic, "only what a rule asks for has a cause"
        assert self.cause_key, "a cause has a key"
        return (self.administration, self.party_id, self.cause_topic, self.cause_key)

    @property
    def party(self) -> PartyKey:
        """The party whose items are asked for."""
        return (self.administration, self.party_id)

    @property
    def key(self) -> RequestKey:
        """By which the same request is known when it comes again: its party, and its id within that."""
        return (self.administration, self.party_id, self.request_id)


class SkippedLine(NamedTuple):
    """A line that is refused: a stable code for machines, a sentence for people."""

    line: AskedLine
    code: str
    message: str


class Ask(NamedTuple):
    """Lines on one journal in one currency: what one match-requested asks of the ledger."""

    ask_id: UUID
    request: Request
    journal: str
    currency: str
    period: FiscalPeriod
    lines: tuple[AskedLine, ...]


class Decision(NamedTuple):
    """A request, what the ledger is asked for it, and what is refused of it."""

    request: Request
    asks: tuple[Ask, ...]
    skipped: tuple[SkippedLine, ...]


def round_half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, halves away from zero; the denominator is not zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))


def ask_id_of(request_id: UUID, journal: str, currency: str, number: int = 0) -> UUID:
    """The id of an ask follows from its request, so that the same request asked again has one effect."""
    return derived_id(request_id, ask_name(journal, currency, number))


def decide(request: Request, items: Mapping[str, Item], books: Books) -> Decision:
    """Check every line by the administration's books, and sort what may be asked by journal and currency.

    `items` are the party's items that are known, by id.
    """
    # A day that nothing can be booked on refuses every line, with the same reason.
    try:
        period = books.period_of(request.date)
    except Refused as refusal:
        skipped = tuple(SkippedLine(line, refusal.code, str(refusal)) for line in request.lines)
        return Decision(request, (), skipped)
    # Where two employees are asked for, an approved batch names the second, who is not the first.
    if _lacks_approval(request, books):
        message = Sentence("This administration asks another employee to approve it.")
        return Decision(request, (), tuple(SkippedLine(line, "not-approved", message) for line in request.lines))
    refused: list[SkippedLine] = []
    granted: dict[tuple[str, str], list[AskedLine]] = {}
    for line in request.lines:
        skipped_line = check_line(line, items.get(line.item_id), books, request.date)
        if skipped_line is None:
            granted.setdefault((line.journal, line.currency), []).append(line)
        else:
            refused.append(skipped_line)
    # The ledger settles an ask whole, in one match: a journal, a currency, and so many lines at most.
    asks = tuple(
        Ask(
            ask_id=ask_id_of(request.request_id, journal, currency, start // ASK_LINES),
            request=request,
            journal=journal,
            currency=currency,
            period=period,
            lines=tuple(lines[start : start + ASK_LINES]),
        )
        for (journal, currency), lines in granted.items()
        for start in range(0, len(lines), ASK_LINES)
    )
    return Decision(request, asks, tuple(refused))


def _lacks_approval(request: Request, books: Books) -> bool:
    """Whether a batch that came as an event should have been approved by another employee and was not."""
    if request.batch_id is None or not books.configuration.write_offs.four_eyes:
        return False
    return request.approved_by is None or same_employee(request.approved_by, request.employee)


def check_line(line: AskedLine, item: Item | None, books: Books, day: date) -> SkippedLine | None:
    """Why a line may not be asked for on a day; None when it may. What is still open is for the ledger to say."""
    if item is None:
        return _check_reason(line, books) or SkippedLine(
            line, "unknown-item", Sentence("No item {item_id} of this party was posted.", item_id=line.item_id)
        )
    is_charge, is_later = item.amount >= 0 and line.amount >= 0, item.earliest_on > day
    why_not = books.why_not(line.journal, Waivable(item.kind, is_charge, item.party_kind, item.currency, is_later))
    if why_not is None:
        return _check_amount(line, item)
    message = why_not.message
    if why_not.code == "earlier-than-item":
        message = Sentence("It may be written off from {day} on.", day=item.earliest_on)
    return SkippedLine(line, why_not.code, message)


def _check_reason(line: AskedLine, books: Books) -> SkippedLine | None:
    try:
        books.reason(line.journal)
    except Refused as refusal:
        return SkippedLine(line, refusal.code, str(refusal))
    return None


def _check_amount(line: AskedLine, item: Item) -> SkippedLine | None:
    if item.currency != line.currency:
        message = Sentence("The item is in {item.currency}, the request says {line.currency}.", item=item, line=line)
        return SkippedLine(line, "other-currency", message)
    if line.amount > line.approved_open_amount or line.amount > item.amount:
        return SkippedLine(line, "beyond-open-amount", Sentence("More than the open amount cannot be written off."))
    return None
