"""Why a method did not propose an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from chassis.sentences import Sentence
from services.matching.domain.combinations import search_combination
from services.matching.domain.criteria import Criteria
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import LedgerItem
from services.matching.domain.references import names_of

Reason = dict[str, Any]
"""A code with the facts behind it, and a message for people where the code alone does not say enough."""


class PartyTraits(NamedTuple):
    """What criteria ask of a party beside its id."""

    group: str | None
    kind: str


def why_not(
    item: LedgerItem,
    selected: Sequence[LedgerItem],
    form: SelectionForm,
    party: PartyTraits | None,
    *,
    is_allowed: bool = True,
) -> list[Reason]:
    """What kept an item out, each with a code; `selected` are the party's items that the criteria select now.

    `party` is None when nobody told of it yet, `is_allowed` says whether the form's journal takes the item's currency.
    """
    # What no run of its day takes, whatever it looks for.
    held_back = _held_back(item, form.booking.date)
    if held_back:
        return [held_back]
    # What this one does not look at.
    outside = [{"code": "outside-criteria", "field": field} for field in failed_bounds(item, form.criteria, party)]
    if outside:
        return outside
    if not is_allowed:
        message = Sentence("Journal {code} does not allow foreign currency.", code=form.booking.journal)
        return [{"code": "no-foreign-currency", "message": message}]
    # What its method does not bring together.
    account = [other for other in selected if other.currency == item.currency and other.item_id != item.item_id]
    opposite = [other for other in account if (other.open_amount > 0) != (item.open_amount > 0)]
    if not opposite:
        return [{"code": "no-counterpart", "message": Sentence("The account has nothing open on the other side.")}]
    return list(_by_method(item, account, opposite, form)) or [
        {
            "code": "selected-since",
            "message": Sentence("It would be proposed now: it changed after the proposal was made."),
        }
    ]


def _held_back(item: LedgerItem, day: date) -> Reason | None:
    if item.open_amount == 0:
        return {"code": "settled", "message": Sentence("Nothing is open.")}
    if item.is_held:
        in_run, on_statement = Sentence("It is in a payment run."), Sentence("It is in a bank statement that was read.")
        return {"code": "held", "message": in_run if item.in_payment_run else on_statement}
    if item.earliest_on > day:
        message = Sentence(
            "It may be matched from {day} on, and the proposal is booked on {booked_on}.",
            day=item.earliest_on,
            booked_on=day,
        )
        return {"code": "earlier-than-item", "message": message}
    return None


def failed_bounds(item: LedgerItem, criteria: Criteria, party: PartyTraits | None) -> Iterator[str]:
    """The fields of the criteria that leave the item out."""
    values = {
        "party": item.party_id,
        "voucher": item.voucher,
        "item_date": item.item_date,
        "due_date": item.due_date,
        "currency": item.currency,
    }
    for name, value in values.items():
        low, high = getattr(criteria, f"{name}_from"), getattr(criteria, f"{name}_to")
        if low is not None and (value is None or value < low):
            yield f"{name}_from"
        if high is not None and (value is None or value > high):
            yield f"{name}_to"
    if criteria.party_ids and item.party_id not in criteria.party_ids:
        yield "party_ids"
    group, kind = party or (None, None)
    if criteria.party_group and group != criteria.party_group:
        yield "party_group"
    if criteria.party_kind and kind != criteria.party_kind:
        yield "party_kind"
    if criteria.kinds and item.kind not in criteria.kinds:
        yield "kinds"


def _by_method(
    item: LedgerItem, account: Sequence[LedgerItem], opposite: Sequence[LedgerItem], form: SelectionForm
) -> Iterator[Reason]:
    if form.method == "account-balance":
        balance = item.open_amount + sum(other.open_amount for other in account)
        if abs(balance) > form.tolerance:
            yield {"code": "balance-outside-tolerance", "balance": balance, "tolerance": form.tolerance}
    if form.method == "opposite-items":
        closest = min(opposite, key=lambda other: (abs(other.open_amount + item.open_amount), other.settlement_order))
        difference = item.open_amount + closest.open_amount
        code = "paired-otherwise" if abs(difference) <= form.tolerance else "difference-outside-tolerance"
        yield {"code": code, "closest_item_id": closest.item_id, "difference": difference}
    if form.method == "reference":
        names = names_of(item)
        meant = [other.item_id for other in opposite if names & names_of(other)]
        rivals = [other.item_id for other in account if other not in opposite and names & names_of(other)]
        if len(meant) > 1 or rivals:
            yield {"code": "ambiguous-reference", "items": sorted({*meant, *rivals})}
        else:
            yield {"code": "no-reference", "names": sorted(names)}
        if item.open_amount < 0:
            yield {"code": search_combination(-item.open_amount, opposite).code, "amount": -item.open_amount}
