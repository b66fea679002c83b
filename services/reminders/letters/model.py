"""What stands in one reminder letter. Amounts are whole minor units; a positive open amount is owed by the debtor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.reminders.law.claims import NoticeDue

ReferenceKind = Literal["text", "ogm", "rf", "fi-71"]
"""`text` free text, `ogm` the Belgian structured message, `rf` ISO 11649, `fi-71` the Danish payment slip line."""

ChargeKind = Literal["fee", "interest", "compensation"]
Purpose = Literal["final", "preview", "test"]


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A postal address; `country` as ISO 3166-1 alpha-2, `details` between name and street (department, c/o)."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One open item as the debtor sees it; `kind` says what it is where there is no description."""

    voucher: str
    item_date: date
    due_date: date
    description: str
    amount_minor: int
    open_minor: int
    currency: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What this reminder adds: a fee, interest up to and including `until`, or a fixed compensation."""

    kind: ChargeKind
    amount_minor: int
    currency: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """How to pay: account, reference, last day. `fi_creditor` is the eight-digit number of a Danish FI creditor."""

    holder: str
    iban: str
    bic: str | None
    currency: str
    pay_by: date
    reference: str
    reference_kind: ReferenceKind = "text"
    fi_creditor: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One reminder to one debtor.

    `number` names the letter for people, `reminder_id` for machines (and for people where there is no number);
    `language` as BCP 47, `level` from 1, `layout` a set of texts of the house style, `notice` what the law has it say.
    A letter that does not go by post needs no more of the address than the name.
    """

    reminder_id: str
    party_id: str
    language: str
    level: int
    date: date
    addressee: PostalAddress
    items: tuple[LetterItem, ...]
    payment: PaymentInstruction
    charges: tuple[Charge, ...] = ()
    notice: NoticeDue | None = None
    layout: str = "standard"
    purpose: Purpose = "final"
    by_post: bool = True
    number: str = ""


def totals(letter: Letter) -> dict[str, int]:
    """Minor units to pay per currency, items and charges together; the payment's currency first, then by code."""
    sums: dict[str, int] = {}
    for item in letter.items:
        sums[item.currency] = sums.get(item.currency, 0) + item.open_minor
    for charge in letter.charges:
        sums[charge.currency] = sums.get(charge.currency, 0) + charge.amount_minor
    return {code: sums[code] for code in sorted(sums, key=lambda code: (code != letter.payment.currency, code))}
