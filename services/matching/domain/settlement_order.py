"""In which order a payment settles charges: by date, or costs first, then interest, then principal.

The law of the Netherlands (Burgerlijk Wetboek, art. 6:44) and of Belgium (Burgerlijk Wetboek, art. 5.210; art. 1254 of
the old one) puts costs and interest before the principal, unless the parties agreed otherwise; Danish law leaves it to
them. What a credit refers to comes first: within that the order holds (art. 6:43; Hoge Raad, ECLI:NL:HR:2015:1868).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal

from contracts.library import ItemKind
from contracts.operators import AdministrationConfigured
from contracts.policies import SettlementOrder
from services.matching.domain.ledger import LedgerItem

Order = Literal["by-date", "costs-interest-principal"]
LAW: Mapping[str, Order] = {"NL": "costs-interest-principal", "BE": "costs-interest-principal"}
"""What the law of a country says where no contract does; elsewhere it says nothing, and the oldest comes first."""
COSTS: ItemKind = "reminder-fee"
INTEREST: ItemKind = "interest"
BEFORE_THE_PRINCIPAL: tuple[ItemKind, ...] = (COSTS, INTEREST)
"""Kinds of charges that come before all others, in their order."""

Place = tuple[int, tuple[date, str, str]]


def order_of(asked: SettlementOrder | None, configuration: AdministrationConfigured) -> Order:
    """The order that holds: as it is asked, or else configured; `by-law` is that of the administration's country."""
    wanted = asked or configuration.settlement_order
    return LAW.get(configuration.country, "by-date") if wanted == "by-law" else wanted


def is_principal(item: LedgerItem) -> bool:
    """Whether a charge is neither costs nor interest."""
    return item.kind not in BEFORE_THE_PRINCIPAL


def place_in(order: Order) -> Callable[[LedgerItem], Place]:
    """By what items of a side are sorted: the oldest first, or within costs, interest and principal the oldest first.

    Credits are taken by date in either order.
    """
    if order == "by-date":
        return lambda item: (0, item.settlement_order)
    ranks: dict[str, int] = {kind: rank for rank, kind in enumerate(BEFORE_THE_PRINCIPAL)}
    last = len(ranks)
    return lambda item: (ranks.get(item.kind, last) if item.open_amount > 0 else 0, item.settlement_order)


def side_by_side(items: Iterable[LedgerItem], order: Order) -> list[LedgerItem]:
    """Credits, then charges, each in their order: laid side by side, the lines of a match are its allocations."""
    place = place_in(order)
    return sorted(items, key=lambda item: (item.open_amount > 0, place(item)))
