"""What was paid for charges that are taken back: which settlement is undone, and what of it is settled again.

The ledger undoes a match whole. So it is undone, all that is no money for these charges is settled again as it was
allocated, and what is left over is the money, which stands open as the payment that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from chassis.ids import derived_id
from services.writeoff.domain.books import Books
from services.writeoff.domain.settled import (
    WAIVING,
    ContraSide,
    SettledLine,
    Settlement,
    Share,
    is_money,
    left_over,
    paid_for,
)

CREDITS = UUID("7c0b7a55-54a1-5d5a-9d0e-7f3b0b6a9c42")
"""Namespace of the ids of requests that give back: the same cause undoes the same settlement once."""
Lines = tuple[tuple[str, int], ...]
"""(item, amount) in the sign of the item's open amount."""


class Again(NamedTuple):
    """What is settled once more after the undoing: against each other, or against a contra."""

    name: str
    lines: Lines
    contra: ContraSide | None = None


class Undoing(NamedTuple):
    """A settlement to undo for some charges.

    `freed` is what of each comes open and stays so, `paid` the money in it; `earliest` the first day on which it can be
    booked, for nothing is earlier than what it touches.
    """

    settlement: Settlement
    freed: Lines
    paid: Lines
    again: tuple[Again, ...]
    earliest: date

    def undo_id(self, cause: str) -> UUID:
        """The id of the request that undoes it."""
        return self._id(cause, "undo")

    def again_id(self, cause: str, again: Again) -> UUID:
        """The id of a request that settles again."""
        return self._id(cause, again.name)

    def _id(self, cause: str, name: str) -> UUID:
        return derived_id(CREDITS, f"{cause}\x1f{self.settlement.match_id}\x1f{name}")


class Undoings(NamedTuple):
    """What is undone, and why the other settlements that money had a part in are not, by charge."""

    found: Sequence[Undoing]
    kept: Mapping[str, str]


def undoings(settlements: Iterable[Settlement], taken_back: Iterable[str], books: Books) -> Undoings:
    """The settlements that are undone for these charges: those in which money settled one of them."""
    charges = frozenset(taken_back)
    found: list[Undoing] = []
    kept: dict[str, str] = {}
    for settlement in settlements:
        touched = [share for share in _money_shares(settlement, books) if share.charge in charges]
        if not touched:
            continue
        undoing = _undoing(settlement, charges, books)
        why_not = _why_not(undoing, books)
        if why_not is None:
            found.append(undoing)
        else:
            kept |= dict.fromkeys((share.charge for share in touched), why_not)
    return Undoings(found, kept)


def _why_not(undoing: Undoing, books: Books) -> str | None:
    journal = books.journals.get(undoing.settlement.journal)
    if journal is None or journal.type != "M":
        return "no-journal-to-undo-on"
    if undoing.settlement.is_mixed and undoing.again:
        return "currencies-mixed"
    return None


def _money_shares(settlement: Settlement, books: Books) -> list[Share]:
    money = {line.item_id for line in settlement.lines if line.amount > 0 and is_money(line, books)}
    return [share for share in settlement.shares() if share.credit in money]


def _undoing(settlement: Settlement, charges: frozenset[str], books: Books) -> Undoing:
    money = set(_money_shares(settlement, books))
    kept = [share for share in settlement.shares() if share.charge not in charges or share not in money]
    rest = left_over(settlement)
    # What a difference took of a charge that goes comes open with it; what it took of the others is booked again.
    difference = tuple((item_id, amount) for item_id, amount in rest.items() if item_id not in charges)
    freed: dict[str, int] = {item_id: amount for item_id, amount in rest.items() if item_id in charges}
    freed_credits: dict[str, int] = {}
    for share in settlement.shares():
        if share.charge in charges and share in money:
            freed[share.charge] = freed.get(share.charge, 0) + share.amount
            freed_credits[share.credit] = freed_credits.get(share.credit, 0) + share.amount
    again = [_settled_again(kept)] if kept else []
    again += _difference_again(settlement, difference)
    went_back = [] if settlement.is_mixed else _went_back(settlement.lines, freed_credits)
    again += went_back
    paid = tuple((item_id, paid_for(settlement, item_id, books)) for item_id in freed)
    days = [line.day for line in settlement.lines]
    days += [back.day for line in settlement.lines for back in line.taken_back if went_back]
    return Undoing(settlement, tuple(freed.items()), paid, tuple(again), max([settlement.day or date.min, *days]))


def _settled_again(kept: Sequence[Share]) -> Again:
    """The same allocations: what is laid side by side in their order, with their amounts, is paired as before."""
    totals: dict[str, int] = {}
    for share in kept:
        totals[share.charge] = totals.get(share.charge, 0) + share.amount
        totals[share.credit] = totals.get(share.credit, 0) - share.amount
    return Again("again", tuple(totals.items()))


def _difference_again(settlement: Settlement, difference: Lines) -> list[Again]:
    """A difference that was booked is booked again; what was left as a remainder stays open on its item."""
    contra = settlement.contra
    if contra is None or contra.kind not in WAIVING:
        return []
    used: dict[str, int] = {}
    for share in settlement.shares():
        used[share.credit] = used.get(share.credit, 0) + share.amount
    over = [
        (line.item_id, used.get(line.item_id, 0) - line.amount)
        for line in settlement.lines
        if line.amount > used.get(line.item_id, 0)
    ]
    lines = (*difference, *over)
    return [Again("difference", lines, contra)] if lines else []


def _went_back(lines: Iterable[SettledLine], freed: Mapping[str, int]) -> list[Again]:
    """Money that went back already settles the payment that it is of, so that it is not given back twice."""
    settled: list[tuple[str, int]] = []
    for line in lines:
        left = freed.get(line.item_id, 0)
        for back in line.taken_back:
            amount = min(left, back.open_amount)
            if amount > 0:
                left -= amount
                settled += [(back.item_id, amount), (line.item_id, -amount)]
    totals: dict[str, int] = {}
    for item_id, amount in settled:
        totals[item_id] = totals.get(item_id, 0) + amount
    return [Again("went-back", tuple(totals.items()))] if totals else []


def freed_amounts(found: Iterable[Undoing]) -> Mapping[str, int]:
    """What each charge gets open again, in minor units."""
    amounts: dict[str, int] = {}
    for undoing in found:
        for item_id, amount in undoing.freed:
            amounts[item_id] = amounts.get(item_id, 0) + amount
    return amounts
