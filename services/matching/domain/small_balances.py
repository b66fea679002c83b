"""Which balances are small: within the limit, and no more than what was left of something larger.

A limit alone takes 4,999.00 that is open of 5,000.00 for small where the limit is high, and an invoice of 5,000.00
beside a payment of 4,999.00 that nobody matched where it is low. Neither is a rest: there a payment is missing, here a
match is. So a balance is small only where at most a share of what was posted on its larger side is still open; what was
posted as no more than a small amount itself is small whatever is open of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.domain.findings import MAX_NAMED, Finding
from services.matching.domain.forms import SmallBalanceForm
from services.matching.domain.ledger import MAX_ALLOCATIONS, LedgerItem


@dataclass(frozen=True, slots=True)
class SmallBalanceCaps:
    """What is small beside the limit: the largest share that may be open, or the largest amount posted, minor units."""

    open_share_percent: int
    posted_up_to: int

    def allow(self, items: Sequence[LedgerItem]) -> bool:
        """Whether the items of an account, or one item, are a rest: judged on the side on which more is open."""
        charges = [item for item in items if item.open_amount > 0]
        payments = [item for item in items if item.open_amount < 0]
        larger = max(charges, payments, key=_open)
        posted = sum(abs(item.amount) for item in larger)
        return posted <= self.posted_up_to or _open(larger) * 100 <= posted * self.open_share_percent


def _open(items: Sequence[LedgerItem]) -> int:
    return sum(abs(item.open_amount) for item in items)


@dataclass(frozen=True, slots=True)
class SmallBalances:
    """The items that are cleared together, group by group, and what is left to a person, and why."""

    groups: list[list[LedgerItem]]
    findings: list[Finding]


def small_groups(items: Sequence[LedgerItem], form: SmallBalanceForm, caps: SmallBalanceCaps) -> SmallBalances:
    """The items of each party and currency that are cleared together; `items` come account by account."""
    accounts: dict[tuple[str, str], list[LedgerItem]] = defaultdict(list)
    for item in items:
        accounts[item.party_id, item.currency].append(item)
    found = SmallBalances([], [])
    for account in accounts.values():
        (_per_item if form.per == "item" else _whole)(account, form.limit, caps, found)
    return found


def _per_item(account: Sequence[LedgerItem], limit: int, caps: SmallBalanceCaps, found: SmallBalances) -> None:
    small = [item for item in account if abs(item.open_amount) <= limit]
    rests = [item for item in small if caps.allow([item])]
    if len(rests) < len(small):
        found.findings.append(_left_alone("too-much-open", [item for item in small if not caps.allow([item])]))
    found.groups.extend(rests[low : low + MAX_ALLOCATIONS] for low in range(0, len(rests), MAX_ALLOCATIONS))


def _whole(account: list[LedgerItem], limit: int, caps: SmallBalanceCaps, found: SmallBalances) -> None:
    if abs(sum(item.open_amount for item in account)) > limit:
        return
    if not caps.allow(account):
        found.findings.append(_left_alone("too-much-open", account))
    elif len(account) > MAX_ALLOCATIONS:
        found.findings.append(_left_alone("too-many-items", account[:1]))
    else:
        found.groups.append(account)


def _left_alone(code: str, items: Sequence[LedgerItem]) -> Finding:
    return Finding(
        kind="left-alone",
        party_id=items[0].party_id,
        code=code,
        currency=items[0].currency,
        item_ids=tuple(item.item_id for item in items[:MAX_NAMED]) if code != "too-many-items" else (),
    )


def without_foreign(found: SmallBalances, base_currency: str) -> SmallBalances:
    """What may be cleared on a journal that allows no foreign currency, and what else is left alone for that."""
    own = [group for group in found.groups if group[0].currency == base_currency]
    foreign = [group for group in found.groups if group[0].currency != base_currency]
    findings = [_left_alone("no-foreign-currency", group) for group in foreign]
    return SmallBalances(own, [*(one for one in found.findings if one.currency == base_currency), *findings])
