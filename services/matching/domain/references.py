"""Reference matching: a credit that names an invoice or carries its structured reference settles that charge.

Structured references: ISO 11649 (RF…), the Belgian OGM/VCS (+++123/4567/89012+++) and the Danish FI card type 71
(+71<15 digits), check digits verified by python-stdnum.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs
from stdnum.exceptions import ValidationError

from services.matching.domain.ledger import LedgerItem
from services.matching.domain.settlement_order import Order, is_principal

_NOISE = re.compile(r"[^A-Z0-9]")
_OGM = re.compile(r"^(?:\+\+\+|\*\*\*)?\d{3}/?\d{4}/?\d{5}(?:\+\+\+|\*\*\*)?$")
_FI_71 = re.compile(r"^\+?71<(\d{15})")
Debt = tuple[list[LedgerItem], list[LedgerItem]]
"""The charges of a debt, in settlement order, and the credits that refer to it."""
MIN_CHARACTERS = 3
"""Shorter references name too much."""


def plain(text: str) -> str:
    """A reference without spaces, punctuation, case and leading zeros."""
    return _NOISE.sub("", text.upper()).lstrip("0")


def payload(text: str) -> str | None:
    """What a structured reference refers to, without its check digits; None when it is none, or its check fails."""
    compact = text.replace(" ", "")
    try:
        if compact.upper().startswith("RF"):
            return plain(iso11649.validate(compact)[4:])
        danish = _FI_71.match(compact)
        if danish:
            return plain(luhn.validate(danish[1])[:-1])
        if _OGM.match(compact):
            return plain(ogm_vcs.validate(compact)[:-2])
    except ValidationError:
        return None
    return None


def _number_of_71(text: str) -> str:
    """The number within a card type 71, by which banks tell of a payment without the rest of the line."""
    danish = _FI_71.match(text.replace(" ", ""))
    return plain(danish[1]) if danish and payload(text) else ""


def names_of(item: LedgerItem) -> set[str]:
    """Everything by which a reference may mean the item."""
    names = set()
    for text in (item.invoice_number, item.reference):
        if text:
            names |= {plain(text), payload(text) or "", _number_of_71(text)}
    return {name for name in names if len(name) >= MIN_CHARACTERS}


def charges_of_credits(account: Sequence[LedgerItem], order: Order = "by-date") -> list[Debt]:
    """Charges of one account with the credits that refer to them, both in settlement order.

    A name that several charges share refers to none of them; nor does a credit whose names mean several charges. With
    the order costs-interest-principal a name means a principal with the costs and the interest that carry it too.
    """
    charges: dict[str, list[LedgerItem]] = defaultdict(list)
    for item in account:
        if item.open_amount > 0:
            for name in names_of(item):
                charges[name].append(item)
    found: dict[tuple[str, ...], list[LedgerItem]] = defaultdict(list)
    for item in account:
        if item.open_amount < 0:
            named = [charges[name] for name in names_of(item) if name in charges]
            meant = {tuple(charge.item_id for charge in group) for group in named if _is_one_debt(group, order)}
            if len(meant) == 1:
                found[meant.pop()].append(item)
    by_id = {item.item_id: item for item in account}
    groups = [([by_id[item_id] for item_id in ids], credit) for ids, credit in found.items()]
    return sorted(_apart(groups), key=lambda group: group[0][0].settlement_order)


def _is_one_debt(charges: Sequence[LedgerItem], order: Order) -> bool:
    """Whether charges of one name are one, or one principal at most, with its costs and interest."""
    if len(charges) == 1:
        return True
    return order != "by-date" and sum(is_principal(charge) for charge in charges) <= 1


def _apart(groups: Iterable[Debt]) -> list[Debt]:
    """Groups that share no charge: a name of a part of a debt means the debt, one of parts of two means neither."""
    taken: list[Debt] = []
    owner: dict[str, Debt] = {}
    for charges, found in sorted(groups, key=lambda group: -len(group[0])):
        owners = [owner.get(charge.item_id) for charge in charges]
        if not any(owners):
            taken.append((charges, found))
            owner |= {charge.item_id: taken[-1] for charge in charges}
        elif owners[0] and all(one is owners[0] for one in owners):
            owners[0][1].extend(found)
    for _, found in taken:
        found.sort(key=lambda credit: credit.settlement_order)
    return taken
