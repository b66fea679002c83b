"""What settled a charge: money, other credits, or a waiver; allocation by allocation, whichever way it was matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.writeoff.domain.books import Books

PAID = "payment"
"""The kind of item that is money, where its journal is one for money."""
MONEY_JOURNALS = frozenset({"K", "B"})
WAIVING = frozenset({"payment-difference", "correction", "write-off"})
"""Contras by which an open amount goes without money or goods."""


class TakenBack(NamedTuple):
    """A posting by which the money of a payment went back (a void, a refund, a charge-back), as far as it is open."""

    item_id: str
    open_amount: int
    day: date


class SettledLine(NamedTuple):
    """What a settlement did to an item: negative on a charge, positive on a credit, in minor units of its currency.

    `kind` and `journal` are the item's, or of a remainder those of what it is left of.
    """

    item_id: str
    amount: int
    kind: str | None
    journal: str | None = None
    day: date = date.min
    base_amount: int | None = None
    taken_back: tuple[TakenBack, ...] = ()


class Share(NamedTuple):
    """Which credit settled which charge, for how much (> 0) of the charge's currency."""

    charge: str
    credit: str
    amount: int


class ContraSide(NamedTuple):
    """Where what the lines do not balance went."""

    kind: str
    journal: str | None
    gl_account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A match that touched charges, as far as money or other credits had a part in it."""

    match_id: UUID
    journal: str
    currency: str
    lines: tuple[SettledLine, ...]
    day: date | None = None
    told: tuple[Share, ...] | None = None
    """The allocations, where the ledger kept them."""
    contra: ContraSide | None = None
    is_mixed: bool = False
    """Whether its items are in different currencies."""

    def shares(self) -> Sequence[Share]:
        """The allocations as they were told, or else the division of the lines.

        Lines come as the ledger lays them side by side: credits and charges, each from the oldest; so the oldest credit
        settled the oldest charge, and so on. Items of different currencies are laid side by side by their base amounts.
        """
        return self.told if self.told is not None else divided(self.lines, is_mixed=self.is_mixed)


class Parts(NamedTuple):
    """What settled an item, in minor units above zero; `paid` is None where nobody knows what settled it.

    credited = settled - paid - waived: other credits, and what was left as a remainder.
    """

    paid: int | None = None
    waived: int = 0


class _Side(NamedTuple):
    """One line in a division: how long it is, and how much of the line's own amount a piece of it stands for."""

    line: SettledLine
    length: int

    def of(self, start: int, end: int) -> int:
        """The part of the line's amount between two points of its length; the parts of a line add up to it."""
        return abs(self.line.amount) * end // self.length - abs(self.line.amount) * start // self.length


def divided(lines: Iterable[SettledLine], *, is_mixed: bool = False) -> list[Share]:
    """Charges and credits laid side by side in the order of the lines; what a contra takes is left over at the end."""
    charges: list[_Side] = []
    credits_: list[_Side] = []
    for line in lines:
        length = abs(line.base_amount or 0) if is_mixed else abs(line.amount)
        if length:
            (charges if line.amount < 0 else credits_).append(_Side(line, length))
    found: list[Share] = []
    charge = credit = 0
    charge_done = credit_done = 0
    while charge < len(charges) and credit < len(credits_):
        piece = min(charges[charge].length - charge_done, credits_[credit].length - credit_done)
        amount = charges[charge].of(charge_done, charge_done + piece)
        if amount:
            found.append(Share(charges[charge].line.item_id, credits_[credit].line.item_id, amount))
        charge_done, credit_done = charge_done + piece, credit_done + piece
        if charge_done == charges[charge].length:
            charge, charge_done = charge + 1, 0
        if credit_done == credits_[credit].length:
            credit, credit_done = credit + 1, 0
    return found


def is_money(line: SettledLine, books: Books) -> bool:
    """Whether a credit is money that was received: a payment on a cash or bank journal."""
    journal = books.journals.get(line.journal or "")
    return line.kind == PAID and journal is not None and journal.type in MONEY_JOURNALS


def paid_for(settlement: Settlement, charge: str, books: Books) -> int:
    """What money settled of a charge, less what of that money went back and is still open.

    Where a part of a payment went back, that part is taken from this charge first: nobody is told to pay out too much.
    """
    money = {line.item_id: line for line in settlement.lines if line.amount > 0 and is_money(line, books)}
    by_credit: dict[str, int] = {}
    for share in settlement.shares():
        if share.charge == charge and share.credit in money:
            by_credit[share.credit] = by_credit.get(share.credit, 0) + share.amount
    return sum(
        max(0, amount - sum(back.open_amount for back in money[credit].taken_back))
        for credit, amount in by_credit.items()
    )


def waived_for(settlement: Settlement, charge: str) -> int:
    """What of a charge a difference or a correction took."""
    if settlement.contra is None or settlement.contra.kind not in WAIVING:
        return 0
    return left_over(settlement).get(charge, 0)


def left_over(settlement: Settlement) -> dict[str, int]:
    """What of each charge no credit settled: it went to the contra."""
    rest = {line.item_id: -line.amount for line in settlement.lines if line.amount < 0}
    for share in settlement.shares():
        rest[share.charge] -= share.amount
    return {item_id: amount for item_id, amount in rest.items() if amount > 0}


def parts_of(charge: str, settlements: Iterable[Settlement], waived: int, books: Books) -> Parts:
    """What settled a charge; `waived` is what is written off of it on A-journals."""
    standing = list(settlements)
    return Parts(
        paid=sum(paid_for(settlement, charge, books) for settlement in standing),
        waived=waived + sum(waived_for(settlement, charge) for settlement in standing),
    )
