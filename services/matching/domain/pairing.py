"""Opposite items: pairs of one charge and one credit, exact pairs first, then the smallest differences.

Imagine an account's open amounts, without their signs, as points on a line, each point with the items of that size:

    size     100    250    255    400    407
    charges   2             1      1
    credits   1      1                    1

At one point charges and credits pair off until one side is used up, so that each point then has one side only. Of
what is left, the two closest points of opposite sides are always neighbours: if another point lay between them, it
would be closer to one of the two. So a heap of the gaps between neighbours gives the pairs in the order of their
differences; a point that is used up goes, and the two beside it become neighbours. Each item is taken once and each
gap is looked at once.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.matching.domain.ledger import LedgerItem


@dataclass(frozen=True, slots=True)
class Pair:
    """A charge and a credit; the runner-up is what would have been paired with the charge or the credit instead."""

    charge: LedgerItem
    credit: LedgerItem
    runner_up: LedgerItem | None = None

    @property
    def difference(self) -> int:
        """What stays of the two together, in the sign of the larger."""
        return self.charge.open_amount + self.credit.open_amount

    def reason(self) -> dict[str, Any]:
        """Why these two, for people and programs."""
        said: dict[str, Any] = {"code": "exact-pair" if self.difference == 0 else "within-tolerance"}
        said["difference"] = self.difference
        if self.runner_up:
            other = self.charge if self.runner_up.open_amount < 0 else self.credit
            lost = self.runner_up.open_amount + other.open_amount
            because = "younger" if abs(lost) == abs(self.difference) else "larger-difference"
            said["runner_up"] = {"item_id": self.runner_up.item_id, "difference": lost, "lost_because": because}
        return said


@dataclass(slots=True)
class _Amount:
    """All items of one size that are left: they are on one side, the oldest comes first."""

    size: int
    items: deque[LedgerItem]
    is_charge: bool
    lower: _Amount | None = None
    higher: _Amount | None = None
    is_gone: bool = False


def pair_opposites(account: Sequence[LedgerItem], tolerance: int) -> list[Pair]:
    """Pairs among one account's items in settlement order, each item in one pair at most, linear but for the sorting.

    Charges and credits of one size go together from the oldest. Of what is left, the two closest sizes of opposite
    sides go together while their difference is within the tolerance; they are neighbours in the order of sizes.
    """
    # The points: per size the charges and the credits, each from the oldest.
    sizes: dict[int, tuple[deque[LedgerItem], deque[LedgerItem]]] = defaultdict(lambda: (deque(), deque()))
    for item in account:
        sizes[abs(item.open_amount)][item.open_amount < 0].append(item)
    pairs: list[Pair] = []
    left: list[_Amount] = []
    for size in sorted(sizes):
        # Exact pairs: what is next on the longer side would have gone just as well, but is younger.
        charges, payments = sizes[size]
        while charges and payments:
            charge, credit = charges.popleft(), payments.popleft()
            rest = charges or payments
            pairs.append(Pair(charge, credit, rest[0] if rest else None))
        if charges or payments:
            left.append(_Amount(size, charges or payments, is_charge=bool(charges)))
    return pairs + (_pair_closest(left, tolerance) if tolerance else [])


def _pair_closest(amounts: list[_Amount], tolerance: int) -> list[Pair]:
    """Pairs of what is left at each size, the closest first; `amounts` rise, and each has one side only."""
    # Chain the points, so that one that goes makes its neighbours meet without a search.
    for position, amount in enumerate(amounts):
        amount.lower = amounts[position - 1] if position else None
        amount.higher = amounts[position + 1] if position + 1 < len(amounts) else None
    heap: list[tuple[int, int, int]] = []
    by_size = {amount.size: amount for amount in amounts}
    for amount in amounts:
        _offer(heap, amount, amount.higher, tolerance)
    pairs = []
    while heap:
        # The smallest gap; one whose points went, or that a point has come to lie within, was offered anew since.
        _, low, high = heapq.heappop(heap)
        lower, higher = by_size[low], by_size[high]
        if lower.is_gone or higher.is_gone or lower.higher is not higher:
            continue
        pairs.append(_taken(lower, higher))
        # A point without items goes; what is left of both stays as close as it was, and is offered once more.
        for amount in (lower, higher):
            if not amount.items:
                _unlink(heap, amount, tolerance)
        _offer(heap, lower, lower.higher, tolerance)
    return pairs


def _taken(lower: _Amount, higher: _Amount) -> Pair:
    """The pair of the oldest at both sizes, with what would have come next."""
    one, other = lower.items.popleft(), higher.items.popleft()
    charge, credit = (one, other) if lower.is_charge else (other, one)
    rest = lower.items or higher.items
    return Pair(charge, credit, rest[0] if rest else _neighbour(lower, higher))


def _neighbour(lower: _Amount, higher: _Amount) -> LedgerItem | None:
    """The next closest of the opposite side beyond the two, if it is directly beside them."""
    beside = [
        (abs(near.size - one.size), near)
        for near, one in ((lower.lower, lower), (higher.higher, higher))
        if near and near.items and near.is_charge != one.is_charge
    ]
    return min(beside, key=lambda entry: entry[0])[1].items[0] if beside else None


def _offer(heap: list[tuple[int, int, int]], lower: _Amount, higher: _Amount | None, tolerance: int) -> None:
    """Put the gap between two neighbours on the heap, if they are of opposite sides and close enough."""
    if lower.is_gone or higher is None or lower.is_charge == higher.is_charge:
        return
    if higher.size - lower.size <= tolerance:
        heapq.heappush(heap, (higher.size - lower.size, lower.size, higher.size))


def _unlink(heap: list[tuple[int, int, int]], amount: _Amount, tolerance: int) -> None:
    """Take a point that has no items any more out of the chain, and offer the gap that it leaves."""
    amount.is_gone = True
    if amount.lower:
        amount.lower.higher = amount.higher
    if amount.higher:
        amount.higher.lower = amount.lower
    if amount.lower:
        _offer(heap, amount.lower, amount.higher, tolerance)
