"""The booking that belongs to a match: a debit on the write-off journal, credits on the items that were waived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.matching import ItemsMatched
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import Item, round_half_up


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One side of a booking; debits are positive. The line without an item is the write-off journal's own."""

    item_id: str | None
    gl_account: str | None
    amount: int
    base_amount: int | None


def journal_of(match: ItemsMatched) -> str | None:
    """The A-journal on which the match is booked; None for a match that wrote nothing off."""
    for contra in match.contra_lines:
        if contra.kind == "write-off":
            return contra.journal or match.reason or match.journal
    return None


def waived_shares(match: ItemsMatched) -> list[tuple[str, int]]:
    """What of each item's line went to the write-off journal, in the sign of the line; the sum is its negated contra.

    Where charges and credits were settled among each other too, the write-off is what was left of the last ones.
    """
    left = -sum(contra.amount for contra in match.contra_lines if contra.kind == "write-off")
    shares: list[tuple[str, int]] = []
    for line in reversed(match.lines):
        if left and (line.amount < 0) == (left < 0):
            share = max(line.amount, left) if left < 0 else min(line.amount, left)
            shares.append((line.item_id, share))
            left -= share
    assert left == 0, "a match balances, so its lines cover what was written off"
    return shares[::-1]


def entry_lines(match: ItemsMatched, journal: str, books: Books | None, items: Mapping[str, Item]) -> list[EntryLine]:
    """The balanced lines of a match's booking, the write-off journal's own first.

    `items` are the party's items where the match is not in the base currency: the posting's rate holds.
    """
    shares = waived_shares(match)
    base = _base_amounts(match, shares, books, items)
    reason = books.journals.get(journal) if books else None
    links = books.configuration.gl_links if books else None
    debit_account = next((c.gl_account for c in match.contra_lines if c.kind == "write-off" and c.gl_account), None)
    debit_account = debit_account or (reason.gl_account if reason else None) or (links.write_offs if links else None)
    credit_account = links.debtors if links else None
    own = EntryLine(None, debit_account, -sum(amount for _, amount in shares), None if base is None else -sum(base))
    others = [
        EntryLine(item_id, credit_account, amount, None if base is None else base[position])
        for position, (item_id, amount) in enumerate(shares)
    ]
    return [own, *others]


def _base_amounts(
    match: ItemsMatched, shares: Sequence[tuple[str, int]], books: Books | None, items: Mapping[str, Item]
) -> list[int] | None:
    if books is None:
        return None
    if match.currency == books.base_currency:
        return [amount for _, amount in shares]
    lines = {line.item_id: line for line in match.lines}
    base: list[int] = []
    for item_id, amount in shares:
        line, item = lines[item_id], items.get(item_id)
        if line.base_amount is not None:
            base.append(round_half_up(line.base_amount * amount, line.amount))
        elif item is not None and item.base_amount is not None:
            base.append(item.base_share(amount))
        else:
            return None
    return base
