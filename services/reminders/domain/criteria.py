"""What a control list is asked for: criteria and preferences (Exact, reminder control list, document 25.212.500)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.sentences import Sentence
from contracts.event import Code, EventDate, Identifier
from contracts.policies import CreditsFirst

MAX_VALUES = 1_000
Days = Annotated[int, Field(ge=0, le=36_500)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="BCP 47; nl takes nl-BE too")]

DebtorSelection = Literal["always", "balance-positive", "printed-balance-positive"]
DateBasis = Literal["due-date", "payment-terms", "item-date"]
Grouping = Literal["none", "debtor", "category", "language", "branch", "level"]
Sorting = Literal["debtor", "name", "item-date", "due-date", "age", "voucher", "amount"]


class ListPart(BaseModel):
    """Part of a request: strict, frozen, and without unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class ListCriteria(ListPart):
    """Which items may be on the list. Every criterion that is given must hold; bounds belong to their range."""

    parties: Annotated[tuple[Identifier, ...], Field(max_length=MAX_VALUES)] = ()
    party_from: Identifier | None = None
    party_to: Identifier | None = None
    journals: Annotated[tuple[Code, ...], Field(max_length=MAX_VALUES)] = ()
    languages: Annotated[tuple[Language, ...], Field(max_length=MAX_VALUES)] = ()
    categories: Annotated[tuple[Identifier, ...], Field(max_length=MAX_VALUES)] = ()
    vouchers: Annotated[tuple[Identifier, ...], Field(max_length=MAX_VALUES)] = ()
    voucher_from: Identifier | None = None
    voucher_to: Identifier | None = None
    payment_methods: Annotated[
        tuple[Identifier, ...],
        Field(
            max_length=MAX_VALUES, description="How the item is to be paid; an item without one is paid as its debtor"
        ),
    ] = ()
    age_from: Annotated[Days | None, Field(description="Days from the item's date to the generation date")] = None
    age_to: Days | None = None
    blocked: Annotated[
        bool | None, Field(description="Has no effect: blocked items are never reminded, whatever is asked here")
    ] = None

    @model_validator(mode="after")
    def _ranges_go_up(self) -> ListCriteria:
        if self.party_from and self.party_to and self.party_from > self.party_to:
            raise ValueError(Sentence("party_from lies behind party_to"))
        if self.voucher_from and self.voucher_to and self.voucher_from > self.voucher_to:
            raise ValueError(Sentence("voucher_from lies behind voucher_to"))
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError(Sentence("age_from lies behind age_to"))
        return self


class Preferences(ListPart):
    """How the list is made.

    `debtors`: *always*, also with a negative balance; *balance-positive*, all open items of the debtor count;
    *printed-balance-positive*, only those that would be printed count. Balances are per currency.
    """

    debtors: DebtorSelection = "always"
    date_basis: DateBasis = "due-date"
    days_since_last_reminder: Annotated[
        Days | None, Field(description="Leaves out debtors whose last reminder is that many days ago, or fewer")
    ] = None
    credit_notes: bool = False
    credit_note_due_date: Annotated[
        bool, Field(description="With credit notes: only those that are due; off, all of them")
    ] = True
    amount_after_posting: Annotated[bool, Field(description="Bookings that are not processed yet count as well")] = (
        False
    )
    current_account: Annotated[
        bool, Field(description="Corrections made in another administration count; off, they do not")
    ] = True
    several_reminders: Annotated[bool, Field(description="One letter per reminder level; not for a control list")] = (
        False
    )
    unmatched_credits: Annotated[
        CreditsFirst | None,
        Field(
            description="For this run: only say that credits of a debtor lie unmatched, or drop the debtor; as the "
            "profile or the administration has it when absent"
        ),
    ] = None


class ListOrder(ListPart):
    """In which order the list is shown."""

    group_by: Grouping = "none"
    sort_by: Sorting = "debtor"


class ListRequest(ListPart):
    """All that a list depends on; an item is due when the date it is judged by lies before `generation_date`."""

    generation_date: EventDate
    criteria: ListCriteria = ListCriteria()
    preferences: Preferences = Preferences()


class ListForm(ListPart):
    """What a control list, or a run, is asked for."""

    generation_date: EventDate
    criteria: ListCriteria = ListCriteria()
    preferences: Preferences = Preferences()
    report: ListOrder = ListOrder()

    def request(self) -> ListRequest:
        """All that decides about items; the report only decides on their order."""
        return ListRequest(generation_date=self.generation_date, criteria=self.criteria, preferences=self.preferences)
