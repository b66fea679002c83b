"""From a group of items to the match that it becomes: whole or oldest first, its difference tolerated or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.errors import Refused
from contracts.library import ItemPosted
from contracts.operators import AdministrationConfigured
from services.matching.domain.amounts import (
    base_open,
    in_money,
    line_of,
    mixed_line_of,
    settle_against_each_other,
)
from services.matching.domain.booking import no_foreign_currency
from services.matching.domain.chronology import check_match_day
from services.matching.domain.ledger import Booking, Contra, Entry, LedgerItem, Line
from services.matching.domain.settlement_order import Order, side_by_side

DifferenceCode = Literal["no-write-off", "payment-differences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRules:
    """How a group's difference is treated; amounts in minor units of the group's currency."""

    method: str
    tolerance: int
    difference_code: DifferenceCode
    payment_differences: str | None
    order: Order = "by-date"


@dataclass(frozen=True, slots=True)
class MatchTerms:
    """Where the matches of a run are booked, and how their differences are treated."""

    booking: Booking
    rules: DifferenceRules


@dataclass(frozen=True, slots=True)
class Difference:
    """What the lines of a match do not balance: in its currency, and in the base currency where that is known."""

    amount: int
    base_amount: int | None


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """The match of a group, and the remainder that it leaves as a new item."""

    entry: Entry
    remainder: ItemPosted | None = None


def check_difference_account(code: DifferenceCode, tolerance: int, configuration: AdministrationConfigured) -> None:
    """Raise Refused when differences may have to be booked and the administration links no account to them."""
    if code == "payment-differences" and tolerance and configuration.gl_links.payment_differences is None:
        raise Refused(
            "no-difference-account",
            "Administration {configuration.administration} links no account to payment differences.",
            configuration=configuration,
            field="difference_code",
            remedy="Configure gl_links.payment_differences, or choose no-write-off.",
        )


def match_group(items: Sequence[LedgerItem], terms: MatchTerms, match_id: UUID, *, closes: bool) -> GroupOutcome | None:
    """The match of one party's items in one currency; None when nothing on them settles anything.

    With `closes` all are settled whole and the difference, which must be within the tolerance, is left as a remainder
    or booked to payment differences. Otherwise they settle each other oldest first, and the rest stays open.
    """
    booking, rules = terms.booking, terms.rules
    if not booking.allows_foreign_currency and any(item.currency != booking.base_currency for item in items):
        raise no_foreign_currency(booking.journal)
    if len({item.currency for item in items}) > 1:
        return GroupOutcome(match_mixed(items, booking, rules.method, rules.tolerance, match_id))
    # Whole only within the tolerance; a group that a person marked apart may differ by anything.
    difference = sum(item.open_amount for item in items)
    if closes and abs(difference) > rules.tolerance:
        raise _too_large(difference, rules.tolerance, items[0].currency)
    # How much of each item: all of it, or as far as the smaller side goes. One side alone settles nothing.
    limits = {item.item_id: item.open_amount for item in items}
    settled = limits if closes else settle_against_each_other(limits, items, rules.order)
    if not settled or (closes and len({amount > 0 for amount in limits.values()}) == 1):
        return None
    ordered = side_by_side((item for item in items if item.item_id in settled), rules.order)
    lines = [line_of(item, settled[item.item_id], booking.base_currency) for item in ordered]
    # What is over goes to the account for differences, or is left as an item of its own.
    contra, remainder = _contra(items, lines, terms, match_id) if closes and difference else (None, None)
    entry = Entry(
        administration=items[0].administration,
        party_id=items[0].party_id,
        match_id=match_id,
        method=rules.method,
        currency=items[0].currency,
        booking=booking,
        lines=lines,
        touched_on=check_match_day(booking.match_date, ordered),
        contra=contra,
    )
    return GroupOutcome(entry, remainder)


def _too_large(difference: int, tolerance: int, currency: str) -> Refused:
    return Refused(
        "difference-too-large",
        "The items differ by {difference}, {tolerance} is tolerated.",
        difference=in_money(difference, currency),
        tolerance=in_money(tolerance, currency),
        field="tolerance",
        remedy="Choose other items, or tolerate more.",
    )


def match_mixed(items: Sequence[LedgerItem], booking: Booking, method: str, tolerance: int, match_id: UUID) -> Entry:
    """An explicit foreign-currency match: items in different currencies settle each other whole.

    What they differ by in the base currency, at most the tolerance, is booked as an exchange difference. Raises
    Refused for an unknown rate, a difference above the tolerance, or items of one side only.
    """
    # Amounts of different currencies have nothing in common but what they are worth: every item has to say it.
    worth = {item.item_id: base_open(item, booking.base_currency) for item in items}
    unknown = [item_id for item_id, amount in worth.items() if amount is None]
    if unknown:
        raise Refused(
            "unknown-rate",
            "Nobody said what item {item_id} is worth in {booking.base_currency}.",
            item_id=unknown[0],
            booking=booking,
            field="lines",
            remedy="Post foreign items with their base_amount.",
        )
    known = [amount for amount in worth.values() if amount is not None]
    if not min(known) < 0 < max(known):
        raise Refused(
            "no-counterpart",
            "All items are on one side.",
            field="lines",
            remedy="Choose items of both sides, or name a contra.",
        )
    if abs(sum(known)) > tolerance:
        raise _too_large(sum(known), tolerance, booking.base_currency)
    ordered = side_by_side(items, "by-date")
    return Entry(
        administration=items[0].administration,
        party_id=items[0].party_id,
        match_id=match_id,
        method=method,
        currency=booking.base_currency,
        booking=booking,
        lines=[mixed_line_of(item, booking.base_currency) for item in ordered],
        touched_on=check_match_day(booking.match_date, ordered),
        is_foreign=True,
    )


def _contra(
    items: Sequence[LedgerItem], lines: Sequence[Line], terms: MatchTerms, match_id: UUID
) -> tuple[Contra, ItemPosted | None]:
    """The other side of a tolerated difference, and the remainder that it is left as, where the rules say so."""
    known = all(line.base_amount is not None for line in lines)
    difference = Difference(
        amount=-sum(line.amount for line in lines),
        base_amount=-sum(line.base_amount or 0 for line in lines) if known else None,
    )
    if terms.rules.difference_code == "payment-differences":
        return _contra_of("payment-difference", difference, gl_account=terms.rules.payment_differences), None
    remainder = remainder_of(_last_on_the_side_of(difference.amount, items), difference, terms.booking, match_id)
    return _contra_of("remainder", difference, item_id=remainder.item_id), remainder


def _last_on_the_side_of(amount: int, items: Sequence[LedgerItem]) -> LedgerItem:
    """What settling leaves open when each side settles the other from the oldest: the last item of the larger one.

    A remainder that is owed falls due as the last charge does, however late the payment came.
    """
    larger = [item for item in items if (item.open_amount > 0) == (amount > 0)]
    assert larger, "a difference is what one side has more than the other"
    return max(larger, key=lambda item: item.settlement_order)


def _contra_of(
    kind: str, difference: Difference, *, gl_account: str | None = None, item_id: str | None = None
) -> Contra:
    base_amount = difference.base_amount or 0
    return Contra(kind=kind, amount=difference.amount, base_amount=base_amount, gl_account=gl_account, item_id=item_id)


def remainder_of(last: LedgerItem, difference: Difference, booking: Booking, match_id: UUID) -> ItemPosted:
    """The item that is left for a tolerated difference: posted by the match, with all that `last` carries.

    It is blocked where that is, so that nobody is reminded of what is disputed. It has no base amount where that would
    have the other sign, as exchange rates may bring about.
    """
    # Rates may turn the base amount's sign: then nobody can say what the rest is worth.
    amount, base = difference.amount, difference.base_amount
    if base is not None and (base < 0) != (amount < 0) and base != 0:
        base = None
    # A posting of its own, on the day and in the journal of the match, that says what the last item says.
    return ItemPosted(
        administration=last.administration,
        party_id=last.party_id,
        item_id=f"rest-{match_id}",
        kind="remainder",
        amount=amount,
        currency=last.currency,
        base_amount=base,
        journal=booking.journal,
        voucher=last.voucher,
        item_date=booking.match_date,
        due_date=last.due_date,
        payment_terms_days=last.payment_terms_days,
        payment_method=last.payment_method,
        description=last.description,
        branch=last.branch,
        invoice_number=last.invoice_number,
        reference=last.reference,
        status=last.status,
        blocked=last.blocked,
        employee=booking.employee,
    )
