"""What the API takes and shows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Path
from pydantic import BaseModel, Field, Json

from chassis.fingerprints import Fingerprint
from chassis.http import RequestBody, Told, View
from contracts.event import EventDate, Identifier, Note
from read_model.unmatched_credits import UnmatchedCredits
from services.reminders.domain.criteria import ListCriteria, ListForm, ListRequest, Preferences
from services.reminders.domain.members import DebtorItem, Named
from services.reminders.domain.reasons import REASONS
from services.reminders.operations.control_list import ListExplanation, ListSummary
from services.reminders.operations.run_summaries import ReminderRunSummary

PartyId = Annotated[str, Path(min_length=1, max_length=64)]
ItemId = Annotated[str, Path(min_length=1, max_length=64)]


class ListBody(RequestBody, ListForm):
    """What a control list, or a run, is asked for."""


class ExplainBody(RequestBody):
    """An item, and the list that it is asked about."""

    party_id: Identifier
    item_id: Identifier
    generation_date: EventDate
    criteria: ListCriteria = ListCriteria()
    preferences: Preferences = Preferences()

    def member(self) -> DebtorItem:
        """The item that is asked about."""
        return DebtorItem(self.party_id, self.item_id)

    def request(self) -> ListRequest:
        """The list that it is asked about."""
        return ListRequest(generation_date=self.generation_date, criteria=self.criteria, preferences=self.preferences)


class LeaveOutBody(RequestBody):
    """Whom to leave out of a run: a party, or one of its items; and why."""

    party_id: Identifier
    item_id: Identifier | None = None
    note: Annotated[Note, Field(min_length=1, description="Why: whoever looks at the run later reads it")]

    def named(self) -> Named:
        """The debtor, or its item, that is left out."""
        return Named(self.party_id, self.item_id)


class TakeBackBody(RequestBody):
    """What to put back in a run."""

    party_id: Identifier
    item_id: Identifier | None = None

    def named(self) -> Named:
        """The debtor, or its item, that is put back."""
        return Named(self.party_id, self.item_id)


class IssueBody(RequestBody):
    """The approval of a run: its fingerprint as the clerk saw it."""

    fingerprint: Fingerprint


class UndoBody(RequestBody):
    """Why a run is given up."""

    note: Note = ""


class OpenSumView(View):
    """Items and what is open of them in one currency, in minor units."""

    currency: str
    items: int
    open_amount: int


class NotListedView(View):
    """How much is not on the list for one reason."""

    code: str
    message: Told
    items: int
    totals: tuple[OpenSumView, ...]


class ListView(View):
    """A control list in figures."""

    items: int
    parties: int
    totals: tuple[OpenSumView, ...]
    left_out: tuple[NotListedView, ...]
    unmatched_credits: UnmatchedCredits = Field(description="Of the debtors on the list: match first")

    @classmethod
    def of(cls, summary: ListSummary, unmatched: UnmatchedCredits) -> ListView:
        """Show a control list in figures, and what has to be matched first."""
        return cls.model_validate({**asdict(summary), "unmatched_credits": unmatched})


class DocumentView(View):
    """A document of an item: its invoice (of the library system), or a reminder (of ours, under documents/{id})."""

    document_id: str
    kind: str
    name: str
    media_type: str
    uri: str | None = None
    sha256: str | None = None


class ListedItem(View):
    """An item on the list, or off it with the reason."""

    party_id: str
    party_name: str
    category: str | None
    language: str | None
    item_id: str
    kind: str
    journal: str
    voucher: str
    item_date: date
    due_on: date = Field(description="The date by which the item is judged, on the chosen basis")
    age_days: int
    amount: int
    open_amount: int
    currency: str
    level: int | None = Field(description="The level that the item would reach; null after its profile's last")
    reached_level: int
    reminded_on: date | None
    party_reminded_on: date | None = Field(description="When the debtor was last reminded, of whatever item")
    description: str
    group: str
    reason: str | None
    message: Told | None
    documents: tuple[DocumentView, ...]

    @classmethod
    def of(cls, row: asyncpg.Record) -> ListedItem:
        """Show a row of a list; the invoice's documents come first, the reminders' after them."""
        fields = dict(row)
        documents = _documents(fields.pop("invoice_documents")) + _documents(fields.pop("reminder_documents"))
        reason = fields["reason"]
        message = REASONS[reason] if reason else None
        return cls(**fields, group=fields["group_key"], documents=documents, message=message)


class _Documents(BaseModel):
    documents: Json[tuple[DocumentView, ...]]


def _documents(text: str) -> tuple[DocumentView, ...]:
    return _Documents.model_validate({"documents": text}).documents


class ListExplanationView(View):
    """Why an item is, or is not, on a list."""

    party_id: str
    item_id: str
    currency: str
    open_amount: int
    reached_level: int
    reminded_on: date | None
    listed: bool
    code: str | None
    message: Told

    @classmethod
    def of(cls, explanation: ListExplanation) -> ListExplanationView:
        """Show why an item is, or is not, listed."""
        return cls.model_validate(asdict(explanation))


class OutcomeView(View):
    """How many items of a run came to the same end."""

    outcome: str
    message: Told | None
    items: int
    totals: tuple[OpenSumView, ...]


class RunView(View):
    """A run: a control list, frozen. `items`, `parties` and `totals` are what would still be reminded."""

    run_id: UUID
    administration: str
    state: str = Field(description="listing, listed, issuing, issued or undone")
    generation_date: date
    criteria: dict[str, Any]
    preferences: dict[str, Any]
    job_id: UUID = Field(description="The job at work, or that worked last")
    listed_items: int = Field(description="What was frozen, whatever became of it since")
    items: int
    parties: int
    totals: tuple[OpenSumView, ...]
    issued_items: int
    issued_parties: int
    issued_totals: tuple[OpenSumView, ...]
    dropped_items: int = Field(description="What issuing dropped; `outcomes` say why")
    left_out_by_clerk: int
    not_listed: tuple[NotListedView, ...]
    outcomes: tuple[OutcomeView, ...]
    reminders: int
    fingerprint: str
    employee: str
    created_at: datetime
    issuings: int = Field(description="How often sending was begun: once, and again after each time that it failed")
    issued_by: str | None = Field(description="Who began it last")
    issued_at: datetime | None
    undone_by: str | None
    undone_at: datetime | None
    undo_note: str | None

    @classmethod
    def of(cls, summary: ReminderRunSummary) -> RunView:
        """Show a run with its figures."""
        run, figures = summary.run, asdict(summary)
        figures["outcomes"] = [
            {**outcome, "message": REASONS.get(outcome["outcome"])} for outcome in figures["outcomes"]
        ]
        del figures["run"]
        asked = run.request.model_dump(mode="json")
        return cls(
            **figures,
            run_id=run.run_id,
            administration=run.administration,
            state=run.state,
            generation_date=run.generation_date,
            criteria=asked["criteria"],
            preferences=asked["preferences"],
            job_id=run.issuing_job or run.listing_job,
            employee=run.employee,
            created_at=run.created_at,
            issuings=run.issuings,
            issued_by=run.issued_by,
            issued_at=run.issued_at,
            undone_by=run.undone_by,
            undone_at=run.undone_at,
            undo_note=run.undo_note,
        )


class RunMemberView(View):
    """A member of a run."""

    party_id: str
    party_name: str
    item_id: str
    voucher: str
    item_date: date
    due_on: date
    currency: str
    open_amount: int = Field(description="What was open when the list was frozen, minor units")
    level: int
    left_out_by: str | None
    left_out_note: str | None
    outcome: str | None = Field(description="Null until issued; then reminded, or the code of why it was dropped")
    outcome_message: Told | None
    reminder_id: UUID | None


class Changed(View):
    """How many items of a run were changed."""

    items: int
