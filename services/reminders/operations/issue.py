"""Issuing a run, a chunk of debtors at a time: check, print, keep, book, publish, all or nothing.

    run ─▶ next debtors ─▶ judge: recheck items ─▶ bundle ─▶ costs ─▶ drafts ─┐
                             │ dropped, with the reason                        │
                             ▼                                                 ▼
                           outcomes ◀── refused ── print ─▶ keep bytes ─▶ save: rows, levels, bookings, events

One transaction holds a chunk, from the locks on its debtors to its events in the outbox. Only the bytes of documents
leave it before it commits: they are kept under their digest, so that a chunk that is done again keeps the same ones.
What cannot be sent to one debtor is dropped with its reason, and the others go on. A dry run (`dry_run`) and a preview
take the same steps without locks, and save nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, Step
from contracts.library import Document, ItemPosted
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.reminders.documents.folder import DocumentStore
from services.reminders.domain.bookings import cost_items
from services.reminders.domain.costs import Histories, claims_of, costs_of
from services.reminders.domain.drafts import (
    Draft,
    DraftRefused,
    Occasion,
    channel_of,
    letter_of,
    pay_by_of,
    references_of,
    reminder_id_of,
)
from services.reminders.domain.members import Bundle, Debtor, Member, bundle
from services.reminders.domain.profiles import ProfileBook, level_terms, read_profiles
from services.reminders.domain.reasons import sentence
from services.reminders.domain.references import letter_name, new_reference, reference_of_item
from services.reminders.domain.rules import among
from services.reminders.law.published_rates import read_tables
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.house_style_files import read_style
from services.reminders.letters.model import Letter
from services.reminders.letters.press import Press
from services.reminders.letters.renderer import Rendered
from services.reminders.mail.compose import MailEnvelope, compose
from services.reminders.operations.chunks import DecidedChunk, Sent, save_chunk
from services.reminders.operations.credits_first import CreditPolicies, to_be_matched_first
from services.reminders.store import claims, issuing, lists, runs
from services.reminders.store.emails import QueuedEmail
from services.reminders.store.runs import ReminderRun

CHUNK_PARTIES = 100
"""Debtors per transaction: about a second of printing on two cores."""
KEPT_AT_ONCE = 8
"""Documents on their way to the store together: most of the time of each is waiting for it."""
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Cases:
    """What a chunk's reminders are decided by."""

    occasion: Occasion
    book: ProfileBook
    histories: Histories


@dataclass(frozen=True, slots=True)
class LetterSetting:
    """What the letters of a run have in common: its occasion, and the house's style."""

    occasion: Occasion
    style: HouseStyle


@dataclass(frozen=True, slots=True)
class Issuing:
    """Issues runs with a press, a document store, and the operators' files: house styles, and rates of late."""

    press: Press
    store: DocumentStore
    house_styles: Path | None = None
    law_rates: Path | None = None

    async def occasion(self, configuration: AdministrationConfigured, run: ReminderRun, employee: str) -> Occasion:
        """What the reminders of a run share; raises DraftRefused for rates that cannot be read."""
        known = await asyncio.to_thread(read_tables, self.law_rates)
        return Occasion(configuration, run.run_id, run.generation_date, employee, known)

    async def advance_issuing(self, connection: Connection, job: Job) -> Step:
        """Issue the run to its next debtors; after the last one, the run is issued."""
        # The run itself is locked first: nobody undoes it, or leaves somebody out, while a chunk is under way.
        run = await runs.lock_run(connection, job.administration, UUID(job.parameters["run_id"]))
        if run.state != "issuing":
            return Step(cursor=None, done=job.done, result={"run_id": str(run.run_id)})
        cursor = job.cursor or {"after": "", "total": await issuing.count_parties(connection, run)}
        parties = await issuing.next_parties(connection, run, cursor["after"], CHUNK_PARTIES)
        # Debtors on whom something was decided are not among the next ones, so that a chunk done twice does nothing.
        if not parties:
            await runs.finish_issuing(connection, run, datetime.now(UTC))
            return Step(cursor=None, done=job.done, total=cursor["total"], result={"run_id": str(run.run_id)})
        # Configuration and rates are read for each chunk: what operators mend counts from the next one on.
        configuration = await get_administration(connection, run.administration)
        occasion = await self.occasion(configuration, run, job.employee)
        chunk = await decide(connection, run, occasion, parties)
        await self._print(chunk, occasion)
        await save_chunk(connection, run, occasion, chunk)
        return Step(cursor={**cursor, "after": parties[-1]}, done=job.done + len(parties), total=cursor["total"])

    async def _print(self, chunk: DecidedChunk, occasion: Occasion) -> None:
        """Print and keep each draft; one that may not be printed is dropped, and the others go on."""
        style = await asyncio.to_thread(read_style, occasion.configuration, self.house_styles)
        letters = letters_of(chunk, occasion)
        # All letters of the chunk are set together, over the press's processes.
        printed = await self.press.print_all([letter for _, letter in letters], style)
        turn = asyncio.Semaphore(KEPT_AT_ONCE)

        async def keep(draft: Draft, letter: Letter, outcome: Rendered) -> Sent:
            async with turn:
                return await self._keep(LetterSetting(occasion, style), draft, letter, _pdf(outcome))

        # A letter is booked and sent only when its bytes are durable. What the store or the network does to one of them
        # is no refusal: it ends the chunk, and all of it is done again.
        kept = await asyncio.gather(
            *(keep(draft, letter, outcome) for (draft, letter), outcome in zip(letters, printed, strict=True)),
            return_exceptions=True,
        )
        for (draft, _), result in zip(letters, kept, strict=True):
            if isinstance(result, Sent):
                chunk.sent.append(result)
            elif isinstance(result, Refused):
                chunk.drop(draft.members, result.code, str(result))
            else:
                raise result

    async def _keep(self, setting: LetterSetting, draft: Draft, letter: Letter, pdf: bytes) -> Sent:
        """Keep a letter, and its message when it goes by e-mail; raises Refused when it cannot be booked or sent."""
        document, items, message = made_of(draft, letter, setting, pdf)
        await self.store.put(pdf)
        email = None
        if message is not None:
            assert draft.debtor.email, "who has no address gets no draft by e-mail"
            digest = await self.store.put(message)
            email = QueuedEmail(draft.debtor.party_id, draft.reminder_id, draft.debtor.email, digest)
        return Sent(draft, document, len(pdf), items, email)


def letters_of(chunk: DecidedChunk, occasion: Occasion) -> list[tuple[Draft, Letter]]:
    """The letters of a chunk's drafts; a draft that makes no letter is dropped, and the others go on."""
    letters: list[tuple[Draft, Letter]] = []
    for draft in chunk.drafts:
        try:
            letters.append((draft, letter_of(draft, occasion)))
        except Refused as refusal:
            chunk.drop(draft.members, refusal.code, str(refusal))
    return letters


def made_of(
    draft: Draft, letter: Letter, setting: LetterSetting, pdf: bytes
) -> tuple[Document, list[ItemPosted], bytes | None]:
    """What comes with a letter: its document, the costs that are booked, and the message when it goes by e-mail.

    Raises Refused when it cannot be booked or sent.
    """
    occasion = setting.occasion
    document = Document(
        document_id=str(draft.reminder_id),
        kind="reminder",
        name=letter_name(draft.debtor.party_id, draft.reminder_id, occasion.day),
        media_type=PDF,
        sha256=sha256(pdf).hexdigest(),
    )
    items = cost_items(draft, occasion, document)
    return document, items, message_of(draft, letter, setting.style, pdf) if draft.channel == "e-mail" else None


def _pdf(outcome: Rendered) -> bytes:
    """The letter; raises why there is none."""
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.pdf is not None, "a letter is printed or refused"
    return outcome.pdf


def message_of(draft: Draft, letter: Letter, style: HouseStyle, pdf: bytes) -> bytes:
    """A reminder as an e-mail, the same bytes for the same reminder; raises Refused without a sender's address."""
    sender, recipient = style.sender.email, draft.debtor.email
    if not sender or not recipient:
        raise DraftRefused(
            "missing-sender-email",
            "The administration's sender has no e-mail address to write from.",
            field="sender/email",
            remedy="Configure the sender's e-mail address, or remind by letter.",
        )
    envelope = MailEnvelope(sender, recipient, datetime.combine(letter.date, time(), UTC))
    return compose(letter, style, pdf, envelope).as_bytes()


async def decide(connection: Connection, run: ReminderRun, occasion: Occasion, parties: Sequence[str]) -> DecidedChunk:
    """Lock the debtors' items in the run, and judge them."""
    await issuing.lock_members(connection, run, parties)
    return await judge(connection, run, occasion, parties)


async def judge(connection: Connection, run: ReminderRun, occasion: Occasion, parties: Sequence[str]) -> DecidedChunk:
    """Check the debtors' items in the run again, and cut what is left into reminders; nothing is changed."""
    await lists.plan_for_values(connection)
    # 1. What the run holds of these debtors, and how it stands now by the very rules that froze it.
    members = await issuing.get_members(connection, run, parties)
    debtors = await issuing.get_debtors(connection, run.administration, parties)
    book = read_profiles(occasion.configuration.reminder_profiles)
    chunk = DecidedChunk()
    by_party: dict[str, list[Member]] = defaultdict(list)
    for member in await issuing.recheck_items(connection, run, parties, among(run.rules, members)):
        if member.reason is None:
            by_party[member.party_id].append(member)
        else:
            chunk.drop([member], member.reason, sentence(member.reason))
    policies = CreditPolicies(occasion.configuration, book, run.request.preferences.unmatched_credits)
    for party_id in await to_be_matched_first(connection, policies, by_party):
        chunk.drop(by_party.pop(party_id), "unmatched-credits", sentence("unmatched-credits"))
    # 2. What happened to the items that are left: earlier reminders, settlements, interest.
    left = [member for found in by_party.values() for member in found]
    cases = Cases(occasion, book, await claims.get_histories(connection, run.administration, left))
    # 3. Each debtor's items are cut into reminders, by level where that is asked, and each of these is decided.
    for party_id, found in by_party.items():
        for part in bundle(found, several=run.request.preferences.several_reminders):
            _draft(chunk, cases, debtors[party_id], part)
    # 4. Payments are told apart by their references: no two reminders may have the same.
    chunk.drafts = await _with_own_references(connection, occasion.configuration, chunk.drafts)
    return chunk


def _draft(chunk: DecidedChunk, cases: Cases, debtor: Debtor, part: Bundle) -> None:
    """Decide on one reminder; what cannot be sent to this debtor is dropped, and the others go on."""
    # Credits alone are a statement, which a debtor gets; but not one who owed something that was dropped a moment ago.
    if any(outcome.party_id == debtor.party_id for outcome in chunk.outcomes) and _owes_nothing(part):
        chunk.drop(part.members, "nothing-to-pay", sentence("nothing-to-pay"))
        return
    occasion = cases.occasion
    profile = cases.book.profiles[part.members[0].profile]
    reminder_id = reminder_id_of(occasion.run_id, debtor.party_id, part.level)
    # By which way, at which costs: each may be refused, by the debtor's data or by the law.
    try:
        channel = channel_of(debtor, profile, part.level)
        claimed = claims_of(part, debtor, channel, cases.histories)
        costs = costs_of(part, level_terms(profile, part.level), claimed, occasion)
    except Refused as refusal:
        chunk.drop(part.members, refusal.code, str(refusal))
        return
    chunk.drafts.append(
        Draft(
            reminder_id=reminder_id,
            debtor=debtor,
            profile=profile,
            level=part.level,
            members=part.members,
            channel=channel,
            pay_by=pay_by_of(profile, part.level, occasion.day, costs.notice),
            reference=reference_of_item(part.members)
            or new_reference(reminder_id, *references_of(occasion.configuration)),
            costs=costs,
        )
    )


def _owes_nothing(part: Bundle) -> bool:
    return all(member.amount < 0 for member in part.members)


async def _with_own_references(
    connection: Connection, configuration: AdministrationConfigured, drafts: list[Draft]
) -> list[Draft]:
    """Give another number to a reminder whose reference somebody else's reminder has already."""
    # References of nations are short: another attempt gives another number, until one is free among all reminders that
    # were issued and those of this chunk. The item's own reference is no choice of ours, and stays.
    administration = configuration.administration
    taken = await issuing.taken_references(connection, administration, [draft.reference.text for draft in drafts])
    result = []
    for draft in drafts:
        reference, attempt = draft.reference, 0
        while reference.text in taken and reference_of_item(draft.members) is None:
            attempt += 1
            reference = new_reference(draft.reminder_id, *references_of(configuration), attempt)
        taken.add(reference.text)
        result.append(replace(draft, reference=reference))
    return result
