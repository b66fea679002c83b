"""Letters to be looked at: what a run would send to a debtor, and a test letter with made-up items."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from chassis.database import Connection, Database
from chassis.errors import NotFound, Refused
from chassis.sentences import Retold
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.reminders.domain.drafts import Occasion, letter_of, payment_account, references_of
from services.reminders.domain.references import new_reference
from services.reminders.letters.house_style_files import read_style
from services.reminders.letters.model import Letter, LetterItem, PaymentInstruction, PostalAddress
from services.reminders.operations.issue import Issuing, judge
from services.reminders.store import runs
from services.reminders.store.runs import ReminderRun

PAYMENT_DAYS = 14
TEST_AMOUNTS = (1_250, 990)


@dataclass(frozen=True, slots=True)
class SampleWish:
    """Which texts a test letter shows."""

    language: str
    level: int
    layout: str
    day: date


@dataclass(frozen=True, slots=True)
class PreviewWish:
    """Whose letter of which run is looked at; `level` chooses where the debtor would get several."""

    run_id: UUID
    party_id: str
    level: int | None


async def print_preview(
    database: Database, issuing: Issuing, administration: str, asked: PreviewWish, employee: str
) -> bytes:
    """The letter that issuing the run now would send to the debtor, as PDF, marked as a preview; nothing is kept.

    Raises NotFound when the debtor is not in the run or gets no letter of that level, Refused with the reason when
    nothing would be sent.
    """
    async with database.snapshot() as connection:
        run = await runs.get_run(connection, administration, asked.run_id)
        configuration = await get_administration(connection, administration)
        letters = await _letters(connection, run, await issuing.occasion(configuration, run, employee), asked)
    wanted = next((letter for letter in letters if asked.level in {None, letter.level}), None)
    if wanted is None:
        raise NotFound(
            "unknown-level",
            "The debtor would get no letter of level {level}.",
            level=asked.level,
            field="level",
            remedy="Leave the level out to see the letter that there is.",
        )
    return await _print(issuing, configuration, wanted)


async def _letters(connection: Connection, run: ReminderRun, occasion: Occasion, asked: PreviewWish) -> list[Letter]:
    chunk = await judge(connection, run, occasion, [asked.party_id])
    if chunk.drafts:
        return [letter_of(draft, occasion, "preview") for draft in chunk.drafts]
    if not chunk.outcomes:
        raise NotFound(
            "not-in-run",
            "Nothing of party {party_id} is in the run.",
            party_id=asked.party_id,
            field="party_id",
            remedy="See the run's items.",
        )
    dropped = chunk.outcomes[0]
    raise Refused(
        dropped.code,
        "Nothing would be sent: {reason}",
        reason=Retold(dropped.message),
        field="party_id",
        remedy="See the run's items.",
    )


async def print_sample(database: Database, issuing: Issuing, administration: str, asked: SampleWish) -> bytes:
    """A letter of the administration with made-up items, as PDF; it says that it is a test."""
    async with database.snapshot() as connection:
        configuration = await get_administration(connection, administration)
    return await _print(issuing, configuration, sample_letter(configuration, asked))


async def _print(issuing: Issuing, configuration: AdministrationConfigured, letter: Letter) -> bytes:
    style = await asyncio.to_thread(read_style, configuration, issuing.house_styles)
    return await issuing.press.print_one(letter, style)


def sample_letter(configuration: AdministrationConfigured, asked: SampleWish) -> Letter:
    """A letter of the administration with made-up items, marked as a test."""
    sender, iban = payment_account(configuration)
    # A reference that could be real, by the rules of the sender's country, which no reminder will ever have.
    reference = new_reference(UUID(int=1), *references_of(configuration))
    overdue = asked.day - timedelta(days=30)
    # It is addressed to the sender, so that a test that gets into an envelope comes back.
    return Letter(
        reminder_id="TEST",
        party_id="TEST",
        language=asked.language,
        level=asked.level,
        date=asked.day,
        addressee=PostalAddress(sender.name, sender.street, sender.postal_code, sender.city, sender.country),
        items=tuple(
            LetterItem(
                voucher=f"TEST-{number}",
                item_date=overdue - timedelta(days=30),
                due_date=overdue,
                description="Test",
                amount_minor=amount,
                open_minor=amount,
                currency=configuration.base_currency,
            )
            for number, amount in enumerate(TEST_AMOUNTS, 1)
        ),
        payment=PaymentInstruction(
            holder=sender.name,
            iban=iban,
            bic=sender.bic,
            currency=configuration.base_currency,
            pay_by=asked.day + timedelta(days=PAYMENT_DAYS),
            reference=reference.text,
            reference_kind=reference.kind,
            fi_creditor=reference.fi_creditor,
        ),
        layout=asked.layout,
        purpose="test",
    )
