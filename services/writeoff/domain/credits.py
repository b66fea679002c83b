"""What was paid for charges that are taken back: whose settlement is undone, and what of it is settled again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.ids import derived_id
from services.writeoff.domain.books import Books

CREDITS = UUID("7c0b7a55-54a1-5d5a-9d0e-7f3b0b6a9c42")
"""Namespace of the ids of requests that give back: the same cause undoes the same settlement once."""
PAID = "payment"
"""The kind of item that is money received."""


class SettledLine(NamedTuple):
    """What a settlement did to an item: negative on a charge, positive on a credit; `kind` is the item's."""

    item_id: str
    amount: int
    kind: str


class StandingSettlement(NamedTuple):
    """A match of charges against credits that stands, in minor units of its currency."""

    match_id: UUID
    journal: str
    currency: str
    lines: tuple[SettledLine, ...]


class Undoing(NamedTuple):
    """A settlement to undo: what each charge that is taken back gets open again, and what is settled once more.

    `again` are (item, amount) in the sign of the open amount; it is empty where nothing else was settled.
    """

    settlement: StandingSettlement
    freed: tuple[tuple[str, int], ...]
    again: tuple[tuple[str, int], ...]

    def undo_id(self, cause: str) -> UUID:
        """The id of the request that undoes it."""
        return derived_id(CREDITS, f"{cause}\x1f{self.settlement.match_id}\x1fundo")

    def again_id(self, cause: str) -> UUID | None:
        """The id of the request that settles the others again."""
        return derived_id(CREDITS, f"{cause}\x1f{self.settlement.match_id}\x1fagain") if self.again else None


def undoings(settlements: Iterable[StandingSettlement], taken_back: Iterable[str], books: Books) -> list[Undoing]:
    """The settlements that are undone for these charges: those by money alone, on a journal that takes matches."""
    charges = frozenset(taken_back)
    return [
        _undoing(settlement, charges)
        for settlement in settlements
        if any(line.item_id in charges for line in settlement.lines) and _is_by_money(settlement, books)
    ]


def _is_by_money(settlement: StandingSettlement, books: Books) -> bool:
    journal = books.journals.get(settlement.journal)
    credits_ = [line for line in settlement.lines if line.amount > 0]
    takes_matches = journal is not None and journal.type == "M"
    return takes_matches and bool(credits_) and all(line.kind == PAID for line in credits_)


def _undoing(settlement: StandingSettlement, charges: frozenset[str]) -> Undoing:
    freed = tuple((line.item_id, -line.amount) for line in settlement.lines if line.item_id in charges)
    kept = [line for line in settlement.lines if line.amount < 0 and line.item_id not in charges]
    needed = -sum(line.amount for line in kept)
    again = [(line.item_id, -line.amount) for line in kept]
    for line in settlement.lines:
        if line.amount > 0 and needed:
            used = min(line.amount, needed)
            needed -= used
            again.append((line.item_id, -used))
    return Undoing(settlement, freed, tuple(again))


def freed_amounts(found: Sequence[Undoing]) -> Mapping[str, int]:
    """What each charge gets open again, in minor units."""
    amounts: dict[str, int] = {}
    for undoing in found:
        for item_id, amount in undoing.freed:
            amounts[item_id] = amounts.get(item_id, 0) + amount
    return amounts
