"""Oldest first as anybody would write it: two pointers, one account at a time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Posting:
    """An item as a plan of a ledger has it."""

    party_id: str
    currency: str
    item_date: date
    voucher: str
    item_id: str
    amount: int
    rank: int = 0
    """Of a charge: how many kinds of charges come before it."""


def settle(postings: Iterable[Posting]) -> tuple[dict[str, int], list[tuple[str, str, int]]]:
    """What stays open by item id, and (charge, credit, amount) of every settlement, account by account."""
    accounts: dict[tuple[str, str], list[Posting]] = defaultdict(list)
    for posting in postings:
        accounts[posting.party_id, posting.currency].append(posting)
    left = {posting.item_id: posting.amount for account in accounts.values() for posting in account}
    settled = []
    for account in sorted(accounts):
        ordered = sorted(accounts[account], key=lambda p: (p.item_date, p.voucher, p.item_id))
        charges = [p.item_id for p in sorted(ordered, key=lambda p: p.rank) if p.amount > 0]
        credits_ = [p.item_id for p in ordered if p.amount < 0]
        while charges and credits_:
            amount = min(left[charges[0]], -left[credits_[0]])
            settled.append((charges[0], credits_[0], amount))
            left[charges[0]] -= amount
            left[credits_[0]] += amount
            if left[charges[0]] == 0:
                charges.pop(0)
            if left[credits_[0]] == 0:
                credits_.pop(0)
    return {item_id: amount for item_id, amount in left.items() if amount}, settled
