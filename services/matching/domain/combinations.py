"""The only combination of charges that a payment covers to the cent: a suggestion, never more.

The search goes through the charges from the largest to the smallest and decides of each whether it is in or out: a
tree with two branches at each charge. A branch ends where the rest is zero (found), where the next charges together
cannot make up the rest, or where the rest is too small for the charge. It stops at the second combination found,
since then neither is the only one, and after a number of steps, so that an account cannot be made to cost much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from services.matching.domain.ledger import LedgerItem

MAX_CHARGES = 40
"""Most charges, none larger than the payment, among which is searched; among more a combination would prove nothing."""
MAX_CREDITS = 40
"""Most payments of an account for which is searched."""
MAX_STEPS = 100_000
"""Partial combinations that are tried before the search gives up."""

Code = Literal["only-combination", "no-combination", "combination-not-unique", "too-many-charges", "search-gave-up"]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search came to; it has charges, in settlement order, only when they are the only combination."""

    code: Code
    charges: tuple[LedgerItem, ...] = ()


def only_combinations(account: Sequence[LedgerItem]) -> list[tuple[LedgerItem, tuple[LedgerItem, ...]]]:
    """Payments of one account with the only charges that each covers to the cent.

    A charge that two payments would cover is offered to neither.
    """
    charges = [item for item in account if item.open_amount > 0]
    payments = [item for item in account if item.open_amount < 0]
    if len(payments) > MAX_CREDITS:
        return []
    found = [(payment, search_combination(-payment.open_amount, charges).charges) for payment in payments]
    wanted = Counter(charge.item_id for _, chosen in found for charge in chosen)
    return [
        (payment, chosen)
        for payment, chosen in found
        if chosen and all(wanted[charge.item_id] == 1 for charge in chosen)
    ]


def search_combination(amount: int, charges: Sequence[LedgerItem]) -> Search:
    """The charges whose open amounts add up to `amount`, if exactly one combination, of one or more, does.

    With none, with a second, or with too much to look at there is nothing to offer: a guess never is.
    """
    fitting = [charge for charge in charges if 0 < charge.open_amount <= amount]
    if len(fitting) > MAX_CHARGES:
        return Search("too-many-charges")
    ordered = sorted(fitting, key=lambda charge: -charge.open_amount)
    found = _first_two(amount, [charge.open_amount for charge in ordered])
    if found is None:
        return Search("search-gave-up")
    if len(found) != 1:
        return Search("combination-not-unique" if found else "no-combination")
    chosen = (ordered[position] for position in found[0])
    return Search("only-combination", tuple(sorted(chosen, key=lambda charge: charge.settlement_order)))


def _first_two(amount: int, sizes: Sequence[int]) -> list[tuple[int, ...]] | None:
    """Positions of at most two combinations of falling sizes that add up to `amount`; None after MAX_STEPS."""
    # What all charges from a position on come to: a branch that needs more than that is dead.
    left = [*reversed([*accumulate(reversed(sizes))]), 0]
    found: list[tuple[int, ...]] = []
    # Branches to go: from which position on, how much is missing, and the positions that are in.
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, amount, ())]
    for _ in range(MAX_STEPS):
        if not stack or len(found) > 1:
            return found
        position, rest, chosen = stack.pop()
        if rest == 0:
            found.append(chosen)
        elif left[position] >= rest:
            # Without this charge, and with it if it fits; what is put on last is tried first.
            stack.append((position + 1, rest, chosen))
            if sizes[position] <= rest:
                stack.append((position + 1, rest - sizes[position], (*chosen, position)))
    return None
