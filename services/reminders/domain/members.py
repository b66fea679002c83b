"""What a run knows of a debtor and of the items that it would remind of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Channel = Literal["letter", "e-mail"]


class DebtorItem(NamedTuple):
    """Which item of which debtor; members of a run are listed in this order."""

    party_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Named:
    """A debtor, or one of its items: as clerks point at what is in a run, or was reminded."""

    party_id: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An item of a run as it stands when the run is issued; `reason` says why it has to be dropped.

    `level` is the one that it would reach, amounts are minor units in the item's sign.
    """

    party_id: str
    item_id: str
    currency: str
    open_amount: int
    level: int
    profile: int
    due_on: date
    kind: str
    voucher: str
    item_date: date
    description: str
    amount: int
    reference: str | None
    branch: str | None
    reached_level: int
    reminded_on: date | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whom a letter goes to; `reached_level` is the highest so far, 0 for none."""

    party_id: str
    name: str
    debtor_type: str
    street: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    email: str | None
    language: str
    channel: Channel
    branch: str | None
    reached_level: int
    last_reminded_on: date | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The items of one reminder, and its level: the highest among its charges."""

    level: int
    members: tuple[Member, ...]


def bundle(members: Sequence[Member], *, several: bool) -> list[Bundle]:
    """Cut a debtor's items into reminders: one at the highest level, or (`several`) one for each level.

    The level is that of the charges; credits go with the highest level, where they lessen the oldest debts. A debtor
    with credits only gets one reminder, at the highest of their levels.
    """
    charges = [member for member in members if member.amount > 0]
    credits_only = [member for member in members if member.amount < 0]
    if not charges:
        return [Bundle(max(m.level for m in members), tuple(members))] if members else []
    highest = max(member.level for member in charges)
    if not several:
        return [Bundle(highest, tuple(members))]
    levels = sorted({member.level for member in charges})
    bundles = [Bundle(level, tuple(m for m in charges if m.level == level)) for level in levels[:-1]]
    return [*bundles, Bundle(highest, tuple(m for m in charges if m.level == highest) + tuple(credits_only))]


def open_totals(members: Sequence[Member]) -> dict[str, int]:
    """What is open per currency, by code."""
    sums: dict[str, int] = {}
    for member in members:
        sums[member.currency] = sums.get(member.currency, 0) + member.open_amount
    return dict(sorted(sums.items()))
