"""Undoing a match: a reversal that copies the stored amounts with their signs turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.errors import Conflict
from services.matching.domain.chronology import check_reversal_day
from services.matching.domain.ledger import Booking, Contra, Entry, ItemKey, LedgerItem, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMatch:
    """A match as the ledger keeps it."""

    administration: str
    party_id: str
    match_id: UUID
    method: str
    currency: str
    journal: str
    match_date: date
    lines: tuple[Line, ...]
    contra: Contra | None
    reason: str | None
    reversal_of: UUID | None
    reversed_by: UUID | None
    is_foreign: bool

    @property
    def remainder_key(self) -> ItemKey | None:
        """The remainder that the match made, if it made one."""
        if self.contra is None or self.contra.item_id is None:
            return None
        return (self.administration, self.party_id, self.contra.item_id)

    @property
    def touched_keys(self) -> list[ItemKey]:
        """The items that a reversal moves: those of its lines, and the remainder."""
        keys = [(self.administration, self.party_id, line.item_id) for line in self.lines]
        return [*keys, self.remainder_key] if self.remainder_key else keys


def stored(entry: Entry) -> StoredMatch:
    """A match as the ledger will keep it, for who wants to undo it in the same breath."""
    return StoredMatch(
        administration=entry.administration,
        party_id=entry.party_id,
        match_id=entry.match_id,
        method=entry.method,
        currency=entry.currency,
        journal=entry.booking.journal,
        match_date=entry.booking.match_date,
        lines=tuple(entry.lines),
        contra=entry.contra,
        reason=entry.reason,
        reversal_of=entry.reversal_of,
        reversed_by=None,
        is_foreign=entry.is_foreign,
    )


class RemainderUsed(Conflict):
    """The remainder that a match made was settled since, by the matches `used_by`."""

    def __init__(self, remainder: str, used_by: Sequence[UUID]) -> None:
        named = ", ".join(map(str, used_by))
        super().__init__(
            "remainder-used",
            "The remainder {remainder} that this match made was settled since, by {named}.",
            remainder=remainder,
            named=named,
            field="match_id",
            remedy="Undo first: {named}.",
        )
        self.remainder = remainder
        self.used_by = tuple(used_by)


def reverse(
    match: StoredMatch,
    items: Mapping[str, LedgerItem],
    booking: Booking,
    match_id: UUID,
    used_by: Sequence[UUID] = (),
) -> Entry:
    """The reversal of a match; `items` are its items and its remainder as they are now, by item id.

    `used_by` are the matches in force on the remainder. Raises Conflict when it is a reversal itself or was reversed
    before, RemainderUsed when it made a remainder that was used since, Refused when it would be earlier than the match.
    """
    _refuse_reversed(match)
    touched_on = check_reversal_day(booking.match_date, match.match_date, items.values())
    lines = [_turned(line, items[line.item_id].open_amount) for line in match.lines]
    # A remainder is an item by now: it is closed by a line of its own, in place of the contra line that made it.
    contra = match.contra
    if contra and contra.kind == "remainder":
        assert contra.item_id, "a remainder's contra names its item"
        lines.append(_closed(items[contra.item_id], booking.base_currency, used_by))
        contra = None
    return Entry(
        administration=match.administration,
        party_id=match.party_id,
        match_id=match_id,
        method="reversal",
        currency=match.currency,
        booking=_turned_booking(booking),
        lines=lines,
        touched_on=touched_on,
        contra=_turned_contra(contra),
        reversal_of=match.match_id,
        reason=match.reason,
        is_foreign=match.is_foreign,
    )


def _refuse_reversed(match: StoredMatch) -> None:
    if match.reversal_of:
        raise Conflict(
            "is-a-reversal",
            "Match {match.match_id} is itself the reversal of {match.reversal_of}.",
            match=match,
            field="match_id",
            remedy="Match the items again instead.",
        )
    if match.reversed_by:
        raise Conflict(
            "already-reversed",
            "Match {match.match_id} was undone by {match.reversed_by}.",
            match=match,
            field="match_id",
            remedy="Nothing is left to do: see that reversal in the list of matches.",
        )


def _turned_booking(booking: Booking) -> Booking:
    """A difference with its sign turned goes back to the account it came from."""
    return replace(booking, exchange_gains=booking.exchange_losses, exchange_losses=booking.exchange_gains)


def _turned(line: Line, open_amount: int) -> Line:
    base = None if line.base_amount is None else -line.base_amount
    return Line(line.item_id, -line.amount, open_amount - line.amount, line.currency, base)


def _closed(remainder: LedgerItem, base_currency: str, used_by: Sequence[UUID]) -> Line:
    if remainder.open_amount != remainder.amount:
        raise RemainderUsed(remainder.item_id, used_by)
    is_foreign = remainder.currency != base_currency and remainder.open_base_amount is not None
    base = -(remainder.open_base_amount or 0) if is_foreign else None
    return Line(remainder.item_id, -remainder.open_amount, 0, remainder.currency, base)


def _turned_contra(contra: Contra | None) -> Contra | None:
    if contra is None:
        return None
    return Contra(
        kind=contra.kind,
        amount=-contra.amount,
        base_amount=-contra.base_amount,
        journal=contra.journal,
        gl_account=contra.gl_account,
        item_id=contra.item_id,
    )
