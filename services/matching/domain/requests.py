"""Match requests: what is settled of what was asked, what is left out and why, and what is refused altogether.

Between the asking and the answer items go on being settled. A request says of each item how much, and may say how
much was open when a person approved it; a decision sorts its lines: what is not open any more, or more open than was
approved, is left out and told; of the rest at most what was asked and what is open is settled, against the contra, or
without one against each other, oldest first. A line that names what cannot be meant (another currency, the other
sign, an item twice) refuses the whole request, since whoever sent it thought of something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.errors import Conflict, Refused
from chassis.ids import derived_id
from chassis.sentences import Retold, Sentence, joined
from contracts.event import ItemOutcome
from contracts.operators import AdministrationConfigured
from contracts.writeoff import MatchRequested, RequestedLine
from services.matching.domain.amounts import in_money, line_of, settle_against_each_other
from services.matching.domain.booking import (
    BookingWish,
    check_booking,
    check_currency,
    check_write_off_journal,
    find_journal,
)
from services.matching.domain.chronology import TooEarly, check_match_day
from services.matching.domain.ledger import Booking, Contra, Entry, LedgerItem, Line
from services.matching.domain.settlement_order import Order, order_of, side_by_side

MATCH_OF_REQUEST = UUID("6d1b8a0e-6a57-5d0e-9d5e-0c3c6a1f7b11")
"""Namespace of the match ids of requests: the same request makes the same match."""
MAX_NAMED = 5
"""Items whose reasons a refusal spells out; it carries all of them as data."""


class RequestRefused(Refused):
    """A request that has no effect; `items` says why each of its items was left out."""

    def __init__(self, refusal: Refused, items: list[ItemOutcome] | None = None) -> None:
        super().__init__(refusal.code, refusal.message, field=refusal.field, remedy=refusal.remedy)
        self.items = items or []


@dataclass(frozen=True, slots=True)
class _Kept:
    """A requested line that applies: the item, and how much of it may be settled (in the sign of its open amount)."""

    item: LedgerItem
    limit: int


def decide_request(
    request: MatchRequested, items: Mapping[str, LedgerItem], configuration: AdministrationConfigured
) -> Entry:
    """The match that a request for lines makes out of the items as they are now, by item id.

    Settles what is still open, never more than was asked; leaves out, with the reason, what was settled meanwhile and
    what grew since it was approved, and what is later than the day where a contra takes each line by itself. Raises
    RequestRefused when nothing can be booked, TooEarly where items settle each other and one of them is later.
    """
    # What is asked has to be possible at all, before anything is left out.
    booking = _booking(request, configuration)
    _check_lines(request, items, configuration)
    _check_currency(request, configuration)
    order = order_of(None, configuration)
    settled, skipped = _settle(request, items, order)
    ordered = side_by_side((items[item_id] for item_id in settled), order)
    lines = [line_of(item, settled[item.item_id], configuration.base_currency) for item in ordered]
    return Entry(
        administration=request.administration,
        party_id=request.party_id,
        match_id=match_id_of(request.request_id),
        method=request.method,
        currency=request.currency,
        booking=booking,
        lines=lines,
        touched_on=check_match_day(booking.match_date, ordered),
        contra=_contra(request, lines, configuration),
        reason=request.contra.journal if request.contra and request.contra.kind == "write-off" else None,
        skipped=[outcome.model_dump(mode="json", exclude_none=True) for outcome in skipped],
    )


def _settle(
    request: MatchRequested, items: Mapping[str, LedgerItem], order: Order
) -> tuple[dict[str, int], list[ItemOutcome]]:
    """How much of each item is settled, in the sign of its open amount, and why the others are left out."""
    # With a contra each line goes whole; without one the lines settle each other, and the larger side keeps a rest.
    kept, skipped = _keep(request, items)
    limits = {entry.item.item_id: entry.limit for entry in kept}
    settled = limits if request.contra else settle_against_each_other(limits, [entry.item for entry in kept], order)
    skipped += [
        _outcome(entry.item, "no-counterpart", Sentence("Nothing was left on the other side to settle it."))
        for entry in kept
        if entry.item.item_id not in settled
    ]
    if not settled:
        _refuse_if_too_early(request, items, skipped)
        raise RequestRefused(_nothing_to_settle(skipped), skipped)
    return settled, skipped


def _refuse_if_too_early(
    request: MatchRequested, items: Mapping[str, LedgerItem], skipped: Sequence[ItemOutcome]
) -> None:
    """Where the day alone stands in the way of every line, the refusal says which day does not."""
    if all(outcome.code == "earlier-than-item" for outcome in skipped):
        try:
            check_match_day(request.date, [items[outcome.item_id] for outcome in skipped])
        except TooEarly as refusal:
            raise RequestRefused(refusal, list(skipped)) from refusal


def _nothing_to_settle(skipped: list[ItemOutcome]) -> Refused:
    reasons = [
        Sentence("{item_id}: {reason}", item_id=outcome.item_id, reason=Retold(outcome.message))
        for outcome in skipped[:MAX_NAMED]
    ]
    more = [Sentence("And {count} more.", count=len(skipped) - MAX_NAMED)] if len(skipped) > MAX_NAMED else []
    message = joined([Sentence("None of the lines can be settled."), *reasons, *more])
    return Refused("nothing-to-settle", message, field="lines", remedy="Choose items of which something is open.")


def check_open(request: MatchRequested, items: Mapping[str, LedgerItem]) -> None:
    """Raise Conflict when less is open of an item than a person wants to settle, or nothing; unknown items pass."""
    for position, line in enumerate(request.lines):
        item = items.get(line.item_id)
        if item is None or abs(item.open_amount) >= abs(line.amount):
            continue
        if item.open_amount == 0:
            raise Conflict(
                "settled-meanwhile",
                "Nothing is open of item {item.item_id} any more.",
                item=item,
                field=f"lines/{position}",
                remedy="Leave the item out.",
            )
        raise Conflict(
            "changed-meanwhile",
            "Of item {item.item_id} {open_now} is open, not {asked}.",
            item=item,
            open_now=in_money(item.open_amount, item.currency),
            asked=in_money(line.amount, item.currency),
            field=f"lines/{position}/amount",
            remedy="Settle what is open, or less.",
        )


def check_days(request: MatchRequested, items: Mapping[str, LedgerItem]) -> None:
    """Raise TooEarly when an item that a person names is later than the day; unknown items pass."""
    named = [items[line.item_id] for line in request.lines if line.item_id in items]
    if named:
        check_match_day(request.date, named)


def match_id_of(request_id: UUID) -> UUID:
    """The id of the match that a request makes."""
    return derived_id(MATCH_OF_REQUEST, str(request_id))


def _booking(request: MatchRequested, configuration: AdministrationConfigured) -> Booking:
    wish = BookingWish(
        match_date=request.date,
        journal=request.journal,
        employee=request.employee,
        fiscal_year=request.fiscal_year,
        period=request.period,
        note=request.note,
        request_id=request.request_id,
        origin_administration=request.origin_administration,
    )
    kind = request.contra.kind if request.contra else None
    try:
        if request.contra and kind == "write-off":
            check_write_off_journal(find_journal(request.contra.journal, configuration))
        return check_booking(wish, configuration, journal_types="AM" if kind == "write-off" else "M")
    except Refused as refusal:
        raise RequestRefused(refusal) from refusal


def _check_currency(request: MatchRequested, configuration: AdministrationConfigured) -> None:
    """Both journals have to allow the currency: that of the entry, and the one against which it is written off."""
    try:
        check_currency(request.currency, find_journal(request.journal, configuration), configuration)
        if request.contra and request.contra.kind == "write-off":
            against = find_journal(request.contra.journal, configuration)
            check_currency(request.currency, against, configuration, "contra/journal")
    except Refused as refusal:
        raise RequestRefused(refusal) from refusal


def _check_lines(
    request: MatchRequested, items: Mapping[str, LedgerItem], configuration: AdministrationConfigured
) -> None:
    seen: set[str] = set()
    for position, line in enumerate(request.lines):
        where = f"lines/{position}"
        if line.item_id in seen:
            raise RequestRefused(
                Refused(
                    "duplicate-item",
                    "Item {line.item_id} is named twice.",
                    line=line,
                    field=where,
                    remedy="Name each item once.",
                )
            )
        seen.add(line.item_id)
        _check_line(request, position, items.get(line.item_id))
    if not request.lines:
        raise RequestRefused(
            Refused("no-lines", "A match needs lines.", field="lines", remedy="Name one item at least.")
        )
    assert request.administration == configuration.administration, "the caller loads the request's configuration"


def _check_line(request: MatchRequested, position: int, item: LedgerItem | None) -> None:
    """Raise RequestRefused unless the line's item is there, in the currency and with the sign that is asked for."""
    line, where = request.lines[position], f"lines/{position}"
    if item is None:
        message = Sentence("Party {party_id} has no item {item_id}.", party_id=request.party_id, item_id=line.item_id)
        raise RequestRefused(Refused("unknown-item", message, field=where, remedy="See the party's items."))
    if item.currency != request.currency:
        message = Sentence(
            "Item {item.item_id} is in {item.currency}, the request in {request.currency}.", item=item, request=request
        )
        remedy = "Choose items of one currency, or match several through a journal that allows it."
        raise RequestRefused(Refused("other-currency", message, field=where, remedy=remedy))
    if (item.amount > 0) != (line.amount > 0):
        message = Sentence("The amount of item {item_id} has another sign than the item.", item_id=line.item_id)
        remedy = "Give the amount in the sign of what is open of the item."
        raise RequestRefused(Refused("wrong-sign", message, field=f"{where}/amount", remedy=remedy))


def _keep(request: MatchRequested, items: Mapping[str, LedgerItem]) -> tuple[list[_Kept], list[ItemOutcome]]:
    kept, skipped = [], []
    for line in request.lines:
        item = items[line.item_id]
        outcome = _reason_to_skip(line, item) or (_too_early(request, item) if request.contra else None)
        if outcome:
            skipped.append(outcome)
        else:
            size = min(abs(line.amount), abs(item.open_amount))
            kept.append(_Kept(item, size if item.open_amount > 0 else -size))
    return kept, skipped


def _reason_to_skip(line: RequestedLine, item: LedgerItem) -> ItemOutcome | None:
    if item.open_amount == 0:
        return _outcome(item, "settled-meanwhile", Sentence("Nothing is open any more."))
    if line.approved_open_amount is not None and abs(item.open_amount) > abs(line.approved_open_amount):
        open_now, approved = (in_money(n, item.currency) for n in (item.open_amount, line.approved_open_amount))
        message = Sentence("{open_now} is open, {approved} was approved.", open_now=open_now, approved=approved)
        return _outcome(item, "grew-since-approval", message)
    return None


def _too_early(request: MatchRequested, item: LedgerItem) -> ItemOutcome | None:
    """Against a contra each line stands for itself: what is later than the request's day is left out of it."""
    try:
        check_match_day(request.date, [item])
    except TooEarly as refusal:
        return _outcome(item, refusal.code, refusal.message)
    return None


def _outcome(item: LedgerItem, code: str, message: str) -> ItemOutcome:
    return ItemOutcome(item_id=item.item_id, code=code, message=message, open_amount=item.open_amount)


def _contra(request: MatchRequested, lines: list[Line], configuration: AdministrationConfigured) -> Contra | None:
    if request.contra is None:
        return None
    gl_account = request.contra.gl_account
    if gl_account is None and request.contra.kind == "payment-difference":
        gl_account = configuration.gl_links.payment_differences
    amount = -sum(line.amount for line in lines)
    if amount == 0:
        return None
    known = all(line.base_amount is not None for line in lines)
    return Contra(
        kind=request.contra.kind,
        amount=amount,
        base_amount=-sum(line.base_amount or 0 for line in lines) if known else 0,
        journal=request.contra.journal,
        gl_account=gl_account,
    )
