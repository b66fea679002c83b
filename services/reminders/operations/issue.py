"""Issuing a run, a chunk of debtors at a time: check, print, keep, book, publish, all or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, Step
from chassis.outbox import publish
from chassis.projection.parties import get_administration
from contracts.event import Event, Total
from contracts.library import Document, ItemPosted
from contracts.reminders import RemindedItem, ReminderIssued
from services.reminders.documents import DocumentStore
from services.reminders.domain.bookings import cost_items
from services.reminders.domain.costs import Histories, claims_of, costs_of
from services.reminders.domain.drafts import (
    Draft,
    Occasion,
    channel_of,
    charge_totals,
    letter_of,
    pay_by_of,
    reminder_id_of,
    totals_of,
)
from services.reminders.domain.members import Bundle, Debtor, Member, bundle, open_totals
from services.reminders.domain.profiles import ProfileBook, level_terms, read_profiles
from services.reminders.domain.reasons import sentence
from services.reminders.domain.references import new_reference, reference_of_item
from services.reminders.domain.rules import among
from services.reminders.letters.model import Letter
from services.reminders.press import Press
from services.reminders.store import claims, issuing, lists, runs
from services.reminders.store.issuing import REMINDED, ItemOutcome
from services.reminders.store.runs import Json, Run
from services.reminders.styles import read_style

CHUNK_PARTIES = 100
"""Debtors per transaction: about a second of printing on two cores."""
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Sent:
    """A reminder that was printed and kept, with the costs that are booked for it."""

    draft: Draft
    document: Document
    size_bytes: int
    items: list[ItemPosted]


@dataclass(slots=True)
class Chunk:
    """What became of a chunk's items."""

    drafts: list[Draft] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    outcomes: list[ItemOutcome] = field(default_factory=list)

    def drop(self, members: Sequence[Member], code: str, message: str) -> None:
        """Leave items out, visibly."""
        self.outcomes += [ItemOutcome(m.party_id, m.item_id, code, message) for m in members]


@dataclass(frozen=True, slots=True)
class Cases:
    """What a chunk's reminders are decided by."""

    occasion: Occasion
    book: ProfileBook
    histories: Histories


@dataclass(frozen=True, slots=True)
class Issuing:
    """Issues runs with a press and a document store."""

    press: Press
    store: DocumentStore

    async def advance(self, connection: Connection, job: Job) -> Step:
        """Issue the run to its next debtors; after the last one, the run is issued."""
        run = await runs.get_run(connection, job.administration, UUID(job.parameters["run_id"]))
        cursor = job.cursor or {"after": "", "total": await issuing.count_parties(connection, run)}
        parties = await issuing.next_parties(connection, run, cursor["after"], CHUNK_PARTIES)
        if not parties:
            await runs.finish_issuing(connection, run, datetime.now(UTC))
            return Step(cursor=None, done=job.done, total=cursor["total"], result={"run_id": str(run.run_id)})
        configuration = await get_administration(connection, run.administration)
        occasion = Occasion(configuration, run.run_id, run.generation_date, job.employee)
        chunk = await _decide(connection, run, occasion, parties)
        await self._print(chunk, occasion)
        await _save(connection, run, occasion, chunk)
        return Step(cursor={**cursor, "after": parties[-1]}, done=job.done + len(parties), total=cursor["total"])

    async def _print(self, chunk: Chunk, occasion: Occasion) -> None:
        """Print and keep each draft; one that may not be printed is dropped, and the others go on."""
        style = read_style(occasion.configuration)
        letters: list[tuple[Draft, Letter]] = []
        for draft in chunk.drafts:
            try:
                letters.append((draft, letter_of(draft, occasion)))
            except Refused as refusal:
                chunk.drop(draft.members, refusal.code, str(refusal))
        printed = await self.press.print_all([letter for _, letter in letters], style)
        for (draft, _), outcome in zip(letters, printed, strict=True):
            if outcome.pdf is None:
                assert outcome.refusal is not None, "a letter is printed or refused"
                chunk.drop(draft.members, outcome.refusal.code, str(outcome.refusal))
                continue
            await self._keep(chunk, occasion, draft, outcome.pdf)

    async def _keep(self, chunk: Chunk, occasion: Occasion, draft: Draft, pdf: bytes) -> None:
        document = Document(
            document_id=str(draft.reminder_id),
            kind="reminder",
            name=f"{occasion.day}-{draft.level}-{draft.reminder_id}.pdf",
            media_type=PDF,
            sha256=sha256(pdf).hexdigest(),
        )
        try:
            items = cost_items(draft, occasion, document)
        except Refused as refusal:
            return chunk.drop(draft.members, refusal.code, str(refusal))
        await self.store.put(pdf)
        chunk.sent.append(Sent(draft, document, len(pdf), items))
        return None


async def _decide(connection: Connection, run: Run, occasion: Occasion, parties: Sequence[str]) -> Chunk:
    """Check every item again and cut what is left into reminders."""
    await lists.plan_for_values(connection)
    members = await issuing.lock_members(connection, run, parties)
    debtors = await issuing.get_debtors(connection, run.administration, parties)
    book = read_profiles(occasion.configuration.reminder_profiles)
    chunk = Chunk()
    by_party: dict[str, list[Member]] = defaultdict(list)
    for member in await issuing.recheck_items(connection, run, parties, among(run.rules, members)):
        if member.reason is None:
            by_party[member.party_id].append(member)
        else:
            chunk.drop([member], member.reason, sentence(member.reason))
    left = [member for found in by_party.values() for member in found]
    cases = Cases(occasion, book, await claims.get_histories(connection, run.administration, left))
    for party_id, found in by_party.items():
        for part in bundle(found, several=run.request.preferences.several_reminders):
            _draft(chunk, cases, debtors[party_id], part)
    chunk.drafts = await _with_own_references(connection, run.administration, chunk.drafts)
    return chunk


def _draft(chunk: Chunk, cases: Cases, debtor: Debtor, part: Bundle) -> None:
    """Decide on one reminder; what cannot be sent to this debtor is dropped, and the others go on."""
    if any(outcome.party_id == debtor.party_id for outcome in chunk.outcomes) and _owes_nothing(part):
        chunk.drop(part.members, "nothing-to-pay", sentence("nothing-to-pay"))
        return
    occasion = cases.occasion
    profile = cases.book.profiles[part.members[0].profile]
    reminder_id = reminder_id_of(occasion.run_id, debtor.party_id, part.level)
    try:
        channel = channel_of(debtor, profile)
        claimed = claims_of(part, debtor, channel, cases.histories)
        costs = costs_of(part, level_terms(profile, part.level), claimed, occasion)
    except Refused as refusal:
        chunk.drop(part.members, refusal.code, str(refusal))
        return
    sender = occasion.configuration.sender
    country = sender.country if sender else occasion.configuration.country
    chunk.drafts.append(
        Draft(
            reminder_id=reminder_id,
            debtor=debtor,
            profile=profile,
            level=part.level,
            members=part.members,
            channel=channel,
            pay_by=pay_by_of(profile, part.level, occasion.day, costs.payment_days),
            reference=reference_of_item(part.members) or new_reference(reminder_id, country),
            costs=costs,
        )
    )


def _owes_nothing(part: Bundle) -> bool:
    return all(member.amount < 0 for member in part.members)


async def _with_own_references(connection: Connection, administration: str, drafts: list[Draft]) -> list[Draft]:
    """Give another number to a reminder whose reference somebody else's reminder has already."""
    taken = await issuing.taken_references(connection, administration, [draft.reference.text for draft in drafts])
    result = []
    for draft in drafts:
        reference, attempt = draft.reference, 0
        while reference.text in taken and reference_of_item(draft.members) is None:
            attempt += 1
            country = "BE" if reference.kind == "ogm" else "DK"
            reference = new_reference(draft.reminder_id, country, attempt, reference.fi_creditor)
        taken.add(reference.text)
        result.append(replace(draft, reference=reference))
    return result


async def _save(connection: Connection, run: Run, occasion: Occasion, chunk: Chunk) -> None:
    """Write down what was sent, move debtors and items, book the costs, and publish."""
    sent = chunk.sent
    administration = run.administration
    await issuing.insert_reminders(
        connection,
        [_document_row(administration, one) for one in sent],
        [_reminder_row(run, occasion, one) for one in sent],
        [_item_row(run, one.draft, member) for one in sent for member in one.draft.members],
    )
    marks = [(m.party_id, m.item_id, m.level) for one in sent for m in one.draft.members]
    await issuing.mark_items(connection, administration, marks, run.generation_date)
    levels: dict[str, int] = {}
    for one in sent:
        party_id = one.draft.debtor.party_id
        levels[party_id] = max(levels.get(party_id, 0), one.draft.level)
    await issuing.move_parties(
        connection, administration, [(party_id, run.generation_date, level) for party_id, level in levels.items()]
    )
    outcomes = [
        ItemOutcome(m.party_id, m.item_id, REMINDED, None, one.draft.reminder_id)
        for one in sent
        for m in one.draft.members
    ]
    await issuing.record_outcomes(connection, run, [*chunk.outcomes, *outcomes])
    events: list[Event] = []
    for one in sent:
        events += [*one.items, _issued(occasion, one)]
    await publish(connection, *events)


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


def _reminder_row(run: Run, occasion: Occasion, sent: Sent) -> Json:
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


def _item_row(run: Run, draft: Draft, member: Member) -> Json:
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
