"""What a row becomes: the events of an item, of a payment, of a party, or of an opening balance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from chassis.sentences import Sentence
from chassis.violations import violation_of
from console.importing.fields import ADDRESS, OPEN_AMOUNT, SETTLED_ON
from console.importing.mapping import Kind
from console.importing.problems import RowRefused
from contracts.event import PartyEvent
from contracts.library import ItemPosted, PartyUpdated
from contracts.money import to_decimal
from contracts.writeoff import MatchRequested, RequestedLine

SETTLED_BEFORE = "settled-before:"
"""How the id begins of the credit that stands for what was settled before the books were taken over."""
OPENINGS = UUID("6f2b0d0a-0d2b-5c56-9a43-5d1f0f0b7c11")
"""The namespace of the ids of the requests that match such credits: asked twice, they have one effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """What holds for all rows of an import: the books, who imports, and when."""

    administration: str
    employee: str
    kind: Kind
    version: int
    """Of parties whose file has none: seconds since 1970, so that each import is newer than the ones before it."""
    as_of: date | None = None
    """Payments of later days are left out."""
    opening_journal: str | None = None
    opening_date: date | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The events of a row; the first is what the row says, the others what follows from it."""

    event: ItemPosted | PartyUpdated
    following: tuple[PartyEvent, ...] = ()

    @property
    def events(self) -> tuple[PartyEvent, ...]:
        """All of them, in their order."""
        return (self.event, *self.following)

    @property
    def open_amount(self) -> int | None:
        """What of the item has to be open in the end; None of a party."""
        if isinstance(self.event, PartyUpdated):
            return None
        settled = sum(event.amount for event in self.following if isinstance(event, ItemPosted))
        return self.event.amount + settled


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that becomes nothing, and why that is meant so."""

    reason: Sentence


def made_of(fields: dict[str, Any], terms: ImportTerms, headings: Mapping[str, str]) -> Made | LeftOut:
    """What the fields of a row become; RowRefused where they are no event."""
    if terms.kind == "parties":
        return _party(fields, terms, headings)
    if terms.kind == "payments":
        return _payment(fields, terms, headings)
    return _item(fields, terms, headings)


def _item(fields: dict[str, Any], terms: ImportTerms, headings: Mapping[str, str]) -> Made | LeftOut:
    still_open = fields.pop(OPEN_AMOUNT, None)
    fields.setdefault("voucher", fields.get("item_id"))
    fields.setdefault("kind", "credit-note" if (fields.get("amount") or 0) < 0 else "invoice")
    item = _posted(fields, terms, headings)
    if still_open is None and OPEN_AMOUNT not in headings:
        return Made(item)
    if still_open is None:
        raise RowRefused(
            headings[OPEN_AMOUNT],
            Sentence("The cell is empty."),
            Sentence("Fill in what is open; nothing open is 0."),
        )
    return _opened(item, still_open, terms, headings[OPEN_AMOUNT])


def _opened(item: ItemPosted, still_open: int, terms: ImportTerms, heading: str) -> Made | LeftOut:
    """An item of which a part was settled before: it is posted in full, and that part is matched with a credit."""
    if still_open == 0:
        return LeftOut(Sentence("nothing of it is open"))
    if still_open == item.amount:
        return Made(item)
    settled = item.amount - still_open
    if (
        (settled < 0) != (item.amount < 0)
        or abs(still_open) > abs(item.amount)
        or (still_open < 0) != (item.amount < 0)
    ):
        raise RowRefused(
            heading,
            Sentence(
                "{open} is open of {amount} {currency}.",
                open=to_decimal(still_open, item.currency),
                amount=to_decimal(item.amount, item.currency),
                currency=item.currency,
            ),
            Sentence("What is open lies between nothing and the amount, on its side."),
        )
    return _matched(item, settled, terms)


def _matched(item: ItemPosted, settled: int, terms: ImportTerms) -> Made:
    """The item, the credit for what was settled before, and the request to match the two on the opening day."""
    assert terms.opening_date is not None, "the day was asked for before any row was read"
    if terms.opening_date < item.item_date:
        raise RowRefused(
            "item_date",
            Sentence("{day} is later than the opening day, {opening}.", day=item.item_date, opening=terms.opening_date),
            Sentence("Give a later opening day: by --opening-date, or in the mapping."),
        )
    credit = _credit(item, settled, terms)
    request = MatchRequested.model_validate(
        {
            "administration": item.administration,
            "party_id": item.party_id,
            "currency": item.currency,
            "request_id": uuid5(OPENINGS, f"{item.administration}\n{item.party_id}\n{item.item_id}"),
            "method": "manual",
            "date": terms.opening_date,
            "journal": terms.opening_journal,
            "lines": (
                RequestedLine(item_id=item.item_id, amount=settled),
                RequestedLine(item_id=credit.item_id, amount=-settled),
            ),
            "note": "Settled before the opening balance",
            "employee": terms.employee,
        }
    )
    return Made(item, (credit, request))


def _credit(item: ItemPosted, settled: int, terms: ImportTerms) -> ItemPosted:
    """The credit that stands for what was settled before; its id is the item's with a beginning of its own."""
    try:
        return ItemPosted.model_validate(
            {
                "administration": item.administration,
                "party_id": item.party_id,
                "currency": item.currency,
                "item_id": f"{SETTLED_BEFORE}{item.item_id}",
                "kind": "other",
                "amount": -settled,
                "journal": terms.opening_journal,
                "voucher": item.voucher,
                "item_date": terms.opening_date,
                "invoice_number": item.invoice_number,
            }
        )
    except ValidationError as error:
        raise RowRefused(
            "item_id",
            Sentence("{text!r} is too long for the credit that stands beside it.", text=item.item_id),
            Sentence("Item ids of opening balances have at most {count} characters.", count=64 - len(SETTLED_BEFORE)),
        ) from error


def _payment(fields: dict[str, Any], terms: ImportTerms, headings: Mapping[str, str]) -> Made | LeftOut:
    """A payment: what the file counts as money that came in credits the party, what went out charges it."""
    paid_on = fields.pop(SETTLED_ON, None) or fields.get("item_date")
    if paid_on is None:
        raise RowRefused(
            headings.get(SETTLED_ON) or headings.get("item_date") or SETTLED_ON,
            Sentence("The payment has no date."),
            Sentence("Fill in its date, or leave such rows out by a condition in the mapping."),
        )
    if terms.as_of is not None and paid_on > terms.as_of:
        return LeftOut(Sentence("paid after {day}", day=terms.as_of))
    fields["item_date"] = paid_on
    if fields.get("amount") is not None:
        fields["amount"] = -fields["amount"]
    fields.setdefault("voucher", fields.get("item_id"))
    fields["kind"] = fields.get("kind", "payment")
    return Made(_posted(fields, terms, headings))


def _party(fields: dict[str, Any], terms: ImportTerms, headings: Mapping[str, str]) -> Made:
    address = {name: fields.pop(name) for name in ADDRESS if name in fields}
    if address:
        fields["address"] = address
    fields.setdefault("version", terms.version)
    fields.setdefault("kind", "debtor")
    fields.setdefault("name", fields.get("party_id"))
    fields["administration"] = terms.administration
    try:
        return Made(PartyUpdated.model_validate(_without_none(fields)))
    except ValidationError as error:
        raise _refused(error, headings) from error


def _posted(fields: dict[str, Any], terms: ImportTerms, headings: Mapping[str, str]) -> ItemPosted:
    fields["administration"] = terms.administration
    try:
        return ItemPosted.model_validate(fields)
    except ValidationError as error:
        raise _refused(error, headings) from error


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _refused(error: ValidationError, headings: Mapping[str, str]) -> RowRefused:
    """What the contract says against a row, by the heading of the cell that it is about."""
    first = error.errors(include_url=False)[0]
    field = str(next((part for part in reversed(first["loc"]) if isinstance(part, str)), ""))
    column = headings.get(field) or field
    if first["type"] == "missing" or first["input"] is None:
        return RowRefused(
            column,
            Sentence("Nothing stands there for {name}.", name=field),
            Sentence("Fill in the cell, or give a default in the mapping."),
        )
    shown = first["input"] if isinstance(first["input"], str | int) else json.dumps(first["input"], default=str)
    return RowRefused(
        column,
        Sentence("{text!r} cannot be taken for {name}: {reason}", text=shown, name=field, reason=violation_of(first)),
        Sentence("Mend the cell, or how the mapping reads it."),
    )
