"""What the rules are asked, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Nature = Literal["contract", "public"]
"""`contract`: owed under private law; `public`: a charge of an authority under public law."""

DebtorType = Literal["consumer", "business", "public"]
Channel = Literal["letter", "e-mail"]

NoticeKind = Literal[
    "nl-fourteen-days",
    "be-first-reminder-post",
    "be-first-reminder-electronic",
    "dk-collection-warning",
]

Reason = Literal[
    "as-the-law-allows",
    "as-configured",
    "nothing-owed",
    "first-reminder-free",
    "no-notice-yet",
    "term-not-over",
    "too-soon-after-the-last",
    "no-fee-left",
    "no-statutory-fee",
]
"""Why a fee is what it is, for people to read in an explanation."""


@dataclass(frozen=True, slots=True)
class ClaimKind:
    """By what the rules are chosen; the country is that of the administration, as ISO 3166-1 alpha-2."""

    country: str
    nature: Nature
    debtor: DebtorType


@dataclass(frozen=True, slots=True)
class EarlierReminder:
    """A reminder already issued for the same claims: when, how, for what fee, and with which legal notice."""

    sent_on: date
    channel: Channel
    fee_minor: int = 0
    notice: NoticeKind | None = None


@dataclass(frozen=True, slots=True)
class FeeRequest:
    """A reminder about to be sent.

    `principal_minor` is what is open of the claims, without fees and interest; `wanted_minor` the fee that the
    administration's profile asks, None for as much as the law allows; `claims` the number of unpaid invoices.
    """

    principal_minor: int
    currency: str
    sent_on: date
    channel: Channel
    earlier: tuple[EarlierReminder, ...] = ()
    wanted_minor: int | None = None
    claims: int = 1


@dataclass(frozen=True, slots=True)
class FeeDecision:
    """The fee of a reminder: what is charged, the most that the law allows now (None: no figure), why, and by what."""

    amount_minor: int
    cap_minor: int | None
    reason: Reason
    source: str


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """A wording that a reminder must carry: its term in days, what is owed after it, and at which yearly interest.

    `ends` is the last day of the term, reckoned with the days that the post takes: nothing is owed before it is over.
    """

    kind: NoticeKind
    days: int
    fee_minor: int
    currency: str
    rate_basis_points: int | None = None
    ends: date | None = None


def charged(request: FeeRequest, cap_minor: int, source: str) -> FeeDecision:
    """Charge what is wanted, up to the cap less what earlier reminders charged."""
    left = max(0, cap_minor - sum(reminder.fee_minor for reminder in request.earlier))
    if request.principal_minor <= 0:
        return FeeDecision(0, 0, "nothing-owed", source)
    if left == 0 and cap_minor > 0:
        return FeeDecision(0, 0, "no-fee-left", source)
    if request.wanted_minor is None or request.wanted_minor >= left:
        return FeeDecision(left, left, "as-the-law-allows", source)
    return FeeDecision(request.wanted_minor, left, "as-configured", source)


def last_of(reminders: tuple[EarlierReminder, ...]) -> EarlierReminder | None:
    """Return the reminder sent last, or None."""
    return max(reminders, key=lambda reminder: reminder.sent_on, default=None)
