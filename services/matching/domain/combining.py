"""The only combination of charges that a payment covers to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.matching.domain.ledger import LedgerItem

MAX_CHARGES = 40
"""Most charges, none larger than the payment, among which is searched; among more a combination would prove nothing."""
MAX_CREDITS = 40
"""Most payments of an account for which is searched."""
MAX_STEPS = 100_000
"""Partial combinations that are tried before the search gives up."""


def only_combinations(account: Sequence[LedgerItem]) -> list[tuple[LedgerItem, tuple[LedgerItem, ...]]]:
    """Payments of one account with the only charges that each covers to the cent.

    A charge that two payments would cover is offered to neither.
    """
    charges = [item for item in account if item.open_amount > 0]
    payments = [item for item in account if item.open_amount < 0]
    if len(payments) > MAX_CREDITS:
        return []
    found = [(payment, combination_of(-payment.open_amount, charges)) for payment in payments]
    wanted = Counter(charge.item_id for _, chosen in found for charge in chosen or ())
    return [
        (payment, chosen)
        for payment, chosen in found
        if chosen and all(wanted[charge.item_id] == 1 for charge in chosen)
    ]


def combination_of(amount: int, charges: Sequence[LedgerItem]) -> tuple[LedgerItem, ...] | None:
    """The charges whose open amounts add up to `amount`, if exactly one combination does.

    None when there is none, more than one, or too much to look at: a guess is never offered.
    """
    looked_at = [charge for charge in charges if 0 < charge.open_amount <= amount]
    if len(looked_at) > MAX_CHARGES:
        return None
    ordered = sorted(looked_at, key=lambda charge: -charge.open_amount)
    left = [sum(charge.open_amount for charge in ordered[position:]) for position in range(len(ordered) + 1)]
    found: list[tuple[int, ...]] = []
    steps = 0
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, amount, ())]
    while stack:
        steps += 1
        if steps > MAX_STEPS:
            return None
        position, rest, chosen = stack.pop()
        if rest == 0:
            found.append(chosen)
            if len(found) > 1:
                return None
            continue
        if position == len(ordered) or left[position] < rest:
            continue
        stack.append((position + 1, rest, chosen))
        if ordered[position].open_amount <= rest:
            stack.append((position + 1, rest - ordered[position].open_amount, (*chosen, position)))
    if not found:
        return None
    return tuple(sorted((ordered[position] for position in found[0]), key=lambda charge: charge.settlement_order))
