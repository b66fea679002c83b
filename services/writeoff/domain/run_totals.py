"""What a run over many parties comes to: asked, part by part, and left out, with the reason of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Item
from services.writeoff.domain.runs import WriteOffRun, propose_in_run


class AlikeItems(NamedTuple):
    """Items that are alike in all that decides about them; one that is `like` each of them, which says no id.

    `is_asked` and `is_taken` are those of `propose_in_run`; the digest says which items they are.
    """

    like: Item
    is_asked: bool
    is_taken: bool
    items: int
    digest: Decimal


@dataclass(slots=True)
class Sum:
    """Some items, and their amount in minor units."""

    items: int = 0
    amount: int = 0


@dataclass(slots=True)
class RunTotals:
    """What a run comes to, per currency: as a whole, by journal, and what is left out by reason.

    An item of which two parts are asked for counts once, and in the sum of each journal.
    """

    asked: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_journal: dict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))
    left_out: dict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))
    digests: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def items(self) -> int:
        """How many items are asked for."""
        return sum(total.items for total in self.asked.values())

    @property
    def totals(self) -> dict[str, int]:
        """What is asked for, by currency."""
        return {currency: total.amount for currency, total in self.asked.items()}


def total_of(run: WriteOffRun, found: Iterable[AlikeItems], books: Books) -> RunTotals:
    """What the run would come to: items that are alike are decided once, as the run decides, and all count."""
    totals = RunTotals()
    for alike in found:
        proposal = propose_in_run(run, alike.like, books, is_asked=alike.is_asked, is_taken=alike.is_taken)
        currency = alike.like.currency
        if proposal.lines:
            _add(totals.asked[currency], alike.items, sum(line.amount for line in proposal.lines))
        else:
            _add(totals.left_out[proposal.code, currency], alike.items, alike.like.open_amount)
        for line in proposal.lines:
            _add(totals.by_journal[line.journal, currency], alike.items, line.amount)
        totals.digests["asked" if proposal.lines else proposal.code] += alike.digest
    return totals


def _add(total: Sum, items: int, amount: int) -> None:
    total.items += items
    total.amount += items * amount
