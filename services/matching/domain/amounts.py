"""Amounts: what settles what, in minor units and without any rounding that is not stated here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from chassis.sentences import Amount
from contracts.money import to_decimal
from services.matching.domain.ledger import LedgerItem, Line
from services.matching.domain.settlement_order import Order, place_in


def in_money(amount: int, currency: str) -> Amount:
    """Minor units as a message says them: 12.50 EUR."""
    return Amount(to_decimal(amount, currency), currency)


def base_share(item: LedgerItem, open_amount: int) -> int:
    """What of the item's base amount is open when `open_amount` is: half up, away from zero, as the database rounds."""
    assert item.base_amount is not None, "asked only where the base amount is known"
    quotient, rest = divmod(abs(item.base_amount) * abs(open_amount), abs(item.amount))
    rounded = quotient + (2 * rest >= abs(item.amount))
    return rounded if item.base_amount >= 0 else -rounded


def line_of(item: LedgerItem, settled: int, base_currency: str) -> Line:
    """The line that takes `settled` (in the sign of the open amount, not more than is open) off the item.

    In a foreign currency the line also takes what of the base amount goes with it; the last settlement takes all
    that is left, so that what is zero in the currency is zero in the base currency.
    """
    assert 0 < settled * _sign(item.open_amount) <= abs(item.open_amount), "never more than is open, never against it"
    after = item.open_amount - settled
    base = None
    if item.currency != base_currency and item.base_amount is not None and item.open_base_amount is not None:
        base = (base_share(item, after) if after else 0) - item.open_base_amount
    return Line(item.item_id, -settled, after, item.currency, base)


def base_open(item: LedgerItem, base_currency: str) -> int | None:
    """What is open of the item in the base currency; None when nobody said what the item is worth in it."""
    return item.open_amount if item.currency == base_currency else item.open_base_amount


def mixed_line_of(item: LedgerItem, base_currency: str) -> Line:
    """The line that settles an item whole in a foreign-currency match, where every line has its base amount."""
    worth = base_open(item, base_currency)
    assert worth is not None, "the caller leaves out what has no value in the base currency"
    return Line(item.item_id, -item.open_amount, 0, item.currency, -worth)


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)


def settle_against_each_other(
    limits: Mapping[str, int], items: Iterable[LedgerItem], order: Order = "by-date"
) -> dict[str, int]:
    """Oldest first among items of one party and currency: how much of each is settled, in the sign of its open amount.

    With the order costs-interest-principal the credits settle costs first, then interest, then the rest, each from the
    oldest. `limits` says at most how much of each item, by item id. Charges and credits settle each other up to the
    smaller side's total; what is left over is not in the answer.
    """
    ordered = sorted(items, key=place_in(order))
    charges = [item for item in ordered if item.open_amount > 0]
    payments = [item for item in ordered if item.open_amount < 0]
    total = min(sum(abs(limits[item.item_id]) for item in side) for side in (charges, payments))
    settled: dict[str, int] = {}
    for side in (charges, payments):
        settled |= _take(side, limits, total)
    return settled


def _take(side: Sequence[LedgerItem], limits: Mapping[str, int], total: int) -> dict[str, int]:
    reach = [0, *accumulate(abs(limits[item.item_id]) for item in side)]
    taken = {}
    for item, before in zip(side, reach, strict=False):
        amount = min(abs(limits[item.item_id]), total - before)
        if amount > 0:
            taken[item.item_id] = amount * _sign(item.open_amount)
    return taken
