"""Published by library systems: parties, items, and what happens to subscriptions, material and borrowers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from contracts.event import Code, Contract, Employee, EventDate, Identifier, PartyEvent, PeriodEnd, Text, Version
from contracts.guards import Days, Email, Iban, Kept, Phone, PostalCode
from contracts.money import Amount, Currency, NonZeroAmount, of_one_sign

PartyKind = Literal["debtor", "creditor"]
DebtorType = Literal["consumer", "business", "public"]
ItemKind = Literal[
    "contribution",
    "fine",
    "registration",
    "material",
    "invoice",
    "payment",
    "credit-note",
    "reminder-fee",
    "interest",
    "remainder",
    "other",
]
MoneyBack = Literal["void", "refund", "charge-back"]
ItemStatus = Literal["open", "invoiced", "reminded", "bailiff"]
"""An item's status only moves forward, in this order: the furthest that anybody stated holds."""

Facts: TypeAlias = tuple[int, str, int | None, str, str, str, date]
"""A posting's amount, currency, base_amount, kind, journal, voucher and item_date."""


class Address(Contract):
    """A postal address; the country as ISO 3166-1 alpha-2."""

    street: Text = ""
    postal_code: PostalCode = ""
    city: Text = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Document(Contract):
    """A file that belongs to an item: its invoice, or a reminder that names it."""

    document_id: Identifier
    kind: Literal["invoice", "reminder", "other"] = "invoice"
    name: Text
    media_type: Annotated[str, Field(max_length=100), Kept] = "application/pdf"
    uri: Annotated[str, Field(max_length=1_000), Kept] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class LibraryEvent(PartyEvent):
    """A fact that library systems tell, and others perhaps too."""

    publisher: ClassVar[str] = "library systems"
    is_ingested: ClassVar[bool] = True


class PartyUpdated(LibraryEvent):
    """A party's master data, whole; the highest version wins."""

    topic: ClassVar[str] = "party-updated"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "version": 3,
        "kind": "debtor",
        "name": "Lotte Peeters",
        "address": {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "BE"},
        "language": "nl-BE",
        "category": "adult",
    }

    version: Version
    kind: PartyKind
    name: Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00]*$")]
    debtor_type: DebtorType = "consumer"
    address: Address | None = None
    email: Email | None = None
    phone: Phone | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="BCP 47")] = "nl"
    group: Identifier | None = None
    category: Identifier | None = None
    payment_method: Identifier | None = None
    payment_terms_days: Days | None = None
    branch: Identifier | None = None
    channel: Literal["letter", "e-mail"] = "letter"
    iban: Iban | None = None


class ItemPosted(LibraryEvent):
    """A new posting on a party. `amount` > 0 charges the account, < 0 credits it."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [of_one_sign("minimum"), of_one_sign("maximum")]})
    topic: ClassVar[str] = "item-posted"
    publisher: ClassVar[str] = "library systems, reminders, matching"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "item_id": "I-2026-000881",
        "kind": "fine",
        "amount": 1250,
        "currency": "EUR",
        "journal": "V10",
        "voucher": "2026-10881",
        "item_date": "2026-10-01",
        "due_date": "2026-10-31",
        "description": "Late return",
    }

    item_id: Identifier
    kind: ItemKind
    amount: NonZeroAmount
    currency: Currency
    base_amount: Annotated[Amount, Field(description="The amount in the administration's base currency")] | None = None
    journal: Code
    voucher: Identifier
    item_date: Annotated[EventDate, Field(description="Posting date; for an invoice its date")]
    due_date: EventDate | None = None
    payment_terms_days: Days | None = None
    payment_method: Identifier | None = None
    till: Annotated[Identifier | None, Field(description="Where money passed: a desk, a terminal")] = None
    description: Text = ""
    branch: Identifier | None = None
    invoice_number: Identifier | None = None
    reference: Annotated[Identifier, Field(description="Structured or free payment reference")] | None = None
    employee: Employee | None = None
    status: ItemStatus = "open"
    blocked: bool = False
    in_payment_run: bool = False
    on_bank_statement: bool = False
    processed: bool = True
    documents: Annotated[tuple[Document, ...], Field(max_length=20)] = ()
    subscription_id: Identifier | None = None
    period_start: EventDate | None = None
    period_end: PeriodEnd | None = None
    loan_id: Identifier | None = None
    material_id: Identifier | None = None
    checkin_id: Identifier | None = None
    note_id: Annotated[Identifier, Field(description="The note (bill) on which the item stands")] | None = None
    reminder_id: Identifier | None = None
    money_back: Annotated[MoneyBack | None, Field(description="Why money goes back the way it came")] = None
    reverses: Annotated[Identifier | None, Field(description="The party's item whose money goes back")] = None

    @field_validator("base_amount")
    @classmethod
    def _has_the_same_sign(cls, base_amount: int | None, info: ValidationInfo) -> int | None:
        if base_amount and (base_amount < 0) != (info.data.get("amount", base_amount) < 0):
            raise ValueError("base_amount has another sign than amount")
        return base_amount

    @property
    def facts(self) -> Facts:
        """What never changes of a posting: the same again is a duplicate, something else contradicts it."""
        return (self.amount, self.currency, self.base_amount, self.kind, self.journal, self.voucher, self.item_date)


class ItemChanged(LibraryEvent):
    """The changeable side of an item, whole; the highest version wins."""

    topic: ClassVar[str] = "item-changed"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "item_id": "I-2026-000881",
        "version": 2,
        "status": "invoiced",
        "blocked": False,
        "in_payment_run": False,
        "on_bank_statement": False,
        "processed": True,
        "due_date": "2026-11-30",
    }

    item_id: Identifier
    version: Version
    status: ItemStatus
    blocked: bool
    in_payment_run: bool
    on_bank_statement: bool
    processed: bool
    due_date: EventDate | None
    documents: Annotated[tuple[Document, ...], Field(max_length=20)] = ()


class SubscriptionCancelled(LibraryEvent):
    """A subscription ended before, at or after the end of its period."""

    topic: ClassVar[str] = "subscription-cancelled"
    publisher: ClassVar[str] = "library systems, writeoff"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "subscription_id": "S-77",
        "cancelled_on": "2026-05-10",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
    }

    subscription_id: Identifier
    cancelled_on: EventDate
    period_start: EventDate
    period_end: PeriodEnd
    employee: Employee | None = None


class MaterialReturned(LibraryEvent):
    """Material that stood on a note came back."""

    topic: ClassVar[str] = "material-returned"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "material_id": "M-4711",
        "loan_id": "L-9",
        "note_id": "N-12",
        "returned_on": "2026-11-02",
    }

    material_id: Identifier
    loan_id: Identifier | None = None
    note_id: Identifier
    returned_on: EventDate
    employee: Employee | None = None


class CheckinCancelled(LibraryEvent):
    """A check-in that may have charged a late fee was cancelled."""

    topic: ClassVar[str] = "checkin-cancelled"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "checkin_id": "C-31",
        "cancelled_on": "2026-11-02",
    }

    checkin_id: Identifier
    cancelled_on: EventDate
    employee: Employee | None = None


class ValidSubscription(Contract):
    """A subscription that the borrower holds in a library of the cooperation group."""

    administration: Identifier
    subscription_id: Identifier
    valid_from: EventDate
    valid_until: EventDate


class BorrowerEnrolled(LibraryEvent):
    """A borrower was enrolled, with what the borrower already holds elsewhere in the cooperation group."""

    topic: ClassVar[str] = "borrower-enrolled"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "subscription_id": "S-78",
        "enrolled_on": "2026-11-02",
        "cooperation_group": "oost-vlaanderen-1",
        "elsewhere": [
            {
                "administration": "bib-aalst",
                "subscription_id": "S-5",
                "valid_from": "2026-03-01",
                "valid_until": "2027-02-28",
            }
        ],
    }

    subscription_id: Identifier
    enrolled_on: EventDate
    cooperation_group: Identifier | None = None
    elsewhere: Annotated[tuple[ValidSubscription, ...], Field(max_length=50)] = ()
    employee: Employee | None = None


class BailiffReferred(LibraryEvent):
    """Items were taken into the bailiff procedure."""

    topic: ClassVar[str] = "bailiff-referred"
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "party_id": "P000123",
        "dossier_id": "D-2026-7",
        "item_ids": ["I-2026-000881"],
        "referred_on": "2026-11-02",
    }

    dossier_id: Identifier
    item_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=500)]
    referred_on: EventDate
    employee: Employee | None = None
