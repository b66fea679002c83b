"""The ledger of open items as a person would keep it on paper: a few dictionaries, no database, no batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from contracts.library import ItemPosted
from contracts.writeoff import MatchRequested
from services.matching.domain.requests import match_id_of

Changes = dict[str, int]
"""What a match changed of the open amounts of a party's items."""


@dataclass(slots=True)
class Booked:
    """A match on one party."""

    party_id: str
    changes: Changes
    is_reversal: bool = False
    is_reversed: bool = False
    day: date = date.min


@dataclass(slots=True)
class PaperLedger:
    """What is open, what was matched, and what was answered."""

    items: dict[tuple[str, str], ItemPosted] = field(default_factory=dict)
    open: dict[tuple[str, str], int] = field(default_factory=dict)
    matches: dict[UUID, Booked] = field(default_factory=dict)
    granted: set[UUID] = field(default_factory=set)
    rejected: set[UUID] = field(default_factory=set)
    waiting: list[MatchRequested] = field(default_factory=list)
    given_back: dict[tuple[str, str], date] = field(default_factory=dict)
    """The latest day on which an undone match gave something of an item back."""

    def post(self, item: ItemPosted) -> None:
        """A posting counts once; one that contradicts an earlier one does not count."""
        key = (item.party_id, item.item_id)
        if key not in self.items:
            self.items[key] = item
            self.open[key] = item.amount

    def ask(self, request: MatchRequested) -> None:
        """A request counts once; it waits until all its items, or the match that it reverses, are there."""
        waits = any(waiting.request_id == request.request_id for waiting in self.waiting)
        if waits or request.request_id in self.granted | self.rejected:
            return
        if self._refers_to_something_unseen(request):
            self.waiting.append(request)
        else:
            self._answer(request)

    def _refers_to_something_unseen(self, request: MatchRequested) -> bool:
        if request.reversal_of:
            match = self.matches.get(request.reversal_of)
            return match is None or match.party_id != request.party_id
        return any((request.party_id, line.item_id) not in self.items for line in request.lines)

    def stir(self) -> None:
        """What waited is asked again."""
        waiting, self.waiting = self.waiting, []
        for request in waiting:
            self.ask(request)

    def _answer(self, request: MatchRequested) -> None:
        changes = self._reversal(request) if request.method == "reversal" else self._write_off(request)
        if not changes:
            self.rejected.add(request.request_id)
            return
        self.granted.add(request.request_id)
        is_reversal = request.method == "reversal"
        self.book(match_id_of(request.request_id), Booked(request.party_id, changes, is_reversal, day=request.date))
        if request.reversal_of:
            self.matches[request.reversal_of].is_reversed = True

    def _write_off(self, request: MatchRequested) -> Changes:
        """Never more than is open or was asked, and nothing of an item that grew since it was approved, or is later.

        A line with another sign than its item spoils the whole request.
        """
        changes: Changes = {}
        if any((line.amount > 0) != (self.items[request.party_id, line.item_id].amount > 0) for line in request.lines):
            return changes
        for line in request.lines:
            if self.earliest_on((request.party_id, line.item_id)) > request.date:
                continue
            left = self.open[request.party_id, line.item_id]
            approved = abs(line.approved_open_amount or 0)
            if left and abs(left) <= approved:
                size = min(abs(left), abs(line.amount))
                changes[line.item_id] = -size if left > 0 else size
        return changes

    def _reversal(self, request: MatchRequested) -> Changes:
        """The stored amounts with the other sign, once, never of a reversal, and not before the match."""
        match = self.matches[request.reversal_of] if request.reversal_of else None
        if match is None or match.is_reversal or match.is_reversed or match.day > request.date:
            return {}
        return {item_id: -amount for item_id, amount in match.changes.items()}

    def earliest_on(self, key: tuple[str, str]) -> date:
        """The earliest day of a match on an item."""
        return max(self.items[key].item_date, self.given_back.get(key, date.min))

    def book(self, match_id: UUID, match: Booked) -> None:
        """Change what is open."""
        self.matches[match_id] = match
        for item_id, amount in match.changes.items():
            key = (match.party_id, item_id)
            self.open[key] += amount
            if match.is_reversal:
                self.given_back[key] = max(match.day, self.given_back.get(key, date.min))

    def settle_oldest_first(self, parties: Sequence[str]) -> dict[str, Changes]:
        """The oldest credits settle the oldest charges until one side is used up; gives the changes by party."""
        settled = {}
        for party_id in parties:
            mine = sorted(
                (item for (owner, _), item in self.items.items() if owner == party_id),
                key=lambda item: (item.item_date, item.voucher, item.item_id),
            )
            lefts = {item.item_id: self.open[party_id, item.item_id] for item in mine}
            charges = [(name, left) for name, left in lefts.items() if left > 0]
            owed = [(name, -left) for name, left in lefts.items() if left < 0]
            total = min(sum(left for _, left in charges), sum(left for _, left in owed))
            if total:
                taken = {name: -size for name, size in _take(charges, total).items()}
                settled[party_id] = taken | _take(owed, total)
        return settled


def _take(amounts: Sequence[tuple[str, int]], total: int) -> Changes:
    """As much of each in turn as makes up the total."""
    taken: Changes = {}
    for name, amount in amounts:
        size = min(amount, total)
        if size:
            taken[name] = size
        total -= size
    return taken
