"""What a chunk of an issued run becomes in the database and in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.database import Connection
from chassis.outbox import publish
from contracts.event import Event, Total
from contracts.library import Document, ItemPosted
from contracts.reminders import RemindedItem, ReminderIssued
from read_model.items import mark_reminded
from services.reminders.domain.drafts import Draft, Occasion, charge_totals, totals_of
from services.reminders.domain.members import Member, open_totals
from services.reminders.store import emails, issuing
from services.reminders.store.emails import QueuedEmail
from services.reminders.store.issuing import REMINDED, LevelReached, MemberOutcome
from services.reminders.store.runs import Json, ReminderRun


@dataclass(frozen=True, slots=True)
class Sent:
    """A reminder that was printed and kept, with the costs that are booked for it."""

    draft: Draft
    document: Document
    size_bytes: int
    items: list[ItemPosted]
    email: QueuedEmail | None


@dataclass(slots=True)
class DecidedChunk:
    """What became of a chunk's items."""

    drafts: list[Draft] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    outcomes: list[MemberOutcome] = field(default_factory=list)

    def drop(self, members: Sequence[Member], code: str, message: str) -> None:
        """Leave items out of what is sent, each with the code and sentence of why."""
        self.outcomes += [MemberOutcome(m.party_id, m.item_id, code, message) for m in members]


async def save_chunk(connection: Connection, run: ReminderRun, occasion: Occasion, chunk: DecidedChunk) -> None:
    """Write down what was sent, move debtors and items, book the costs, and publish."""
    sent = chunk.sent
    administration = run.administration
    await issuing.insert_reminders(
        connection,
        [_document_row(administration, one) for one in sent],
        [_reminder_row(run, occasion, one) for one in sent],
        [_item_row(run, one.draft, member) for one in sent for member in one.draft.members],
    )
    members = [member for one in sent for member in one.draft.members]
    await mark_reminded(
        connection,
        {(administration, m.party_id, m.item_id): (m.level, run.generation_date) for m in members},
    )
    await issuing.move_parties(connection, administration, _levels_reached(run, sent))
    outcomes = [
        MemberOutcome(m.party_id, m.item_id, REMINDED, None, one.draft.reminder_id)
        for one in sent
        for m in one.draft.members
    ]
    await issuing.record_outcomes(connection, run, [*chunk.outcomes, *outcomes])
    await emails.queue_emails(connection, administration, [one.email for one in sent if one.email])
    events: list[Event] = []
    for one in sent:
        events += [*one.items, _issued(occasion, one)]
    await publish(connection, *events)


def _levels_reached(run: ReminderRun, sent: Sequence[Sent]) -> list[LevelReached]:
    """The highest level of each debtor's reminders, of which there may be several."""
    levels: dict[str, int] = {}
    for one in sent:
        party_id = one.draft.debtor.party_id
        levels[party_id] = max(levels.get(party_id, 0), one.draft.level)
    return [LevelReached(party_id, run.generation_date, level) for party_id, level in levels.items()]


def _issued(occasion: Occasion, sent: Sent) -> ReminderIssued:
    draft = sent.draft
    return ReminderIssued(
        administration=occasion.configuration.administration,
        party_id=draft.debtor.party_id,
        reminder_id=draft.reminder_id,
        run_id=occasion.run_id,
        level=draft.level,
        date=occasion.day,
        items=tuple(RemindedItem(item_id=m.item_id, open_amount=m.open_amount, level=m.level) for m in draft.members),
        totals=tuple(Total(currency=code, amount=amount) for code, amount in open_totals(draft.members).items()),
        fee_item_ids=tuple(item.item_id for item in sent.items if item.kind == "reminder-fee"),
        interest_item_ids=tuple(item.item_id for item in sent.items if item.kind == "interest"),
        channel=draft.channel,
        document=sent.document,
        employee=occasion.employee,
    )


def _document_row(administration: str, sent: Sent) -> Json:
    return {
        "administration": administration,
        "party_id": sent.draft.debtor.party_id,
        **sent.document.model_dump(include={"document_id", "name", "media_type", "sha256"}),
        "size_bytes": sent.size_bytes,
    }


def _reminder_row(run: ReminderRun, occasion: Occasion, sent: Sent) -> Json:
    draft = sent.draft
    return {
        "administration": run.administration,
        "party_id": draft.debtor.party_id,
        "reminder_id": str(draft.reminder_id),
        "run_id": str(run.run_id),
        "level": draft.level,
        "generation_date": run.generation_date.isoformat(),
        "pay_by": draft.pay_by.isoformat(),
        "profile": draft.profile.profile,
        "channel": draft.channel,
        "language": draft.debtor.language,
        "email": draft.debtor.email if draft.channel == "e-mail" else None,
        "reference": draft.reference.text,
        "totals": totals_of(draft),
        "charges": dict(charge_totals(draft.costs.charges)),
        "fee_amount": sum(charge.amount_minor for charge in draft.costs.charges if charge.kind == "fee"),
        "notice": draft.costs.notice.kind if draft.costs.notice else None,
        "interest_until": next((c.until.isoformat() for c in draft.costs.charges if c.until), None),
        "document_id": sent.document.document_id,
        "employee": occasion.employee,
    }


def _item_row(run: ReminderRun, draft: Draft, member: Member) -> Json:
    return {
        "administration": run.administration,
        "party_id": member.party_id,
        "item_id": member.item_id,
        "reminder_id": str(draft.reminder_id),
        "level": member.level,
        "currency": member.currency,
        "open_amount": member.open_amount,
        "generation_date": run.generation_date.isoformat(),
    }
