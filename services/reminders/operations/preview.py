"""Letters to be looked at: what a run would send to a debtor, and a test letter with made-up items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from chassis.database import Connection
from chassis.errors import NotFound, Refused
from chassis.sentences import Retold
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.reminders.domain.drafts import letter_of, payment_account, references_of
from services.reminders.domain.references import new_reference
from services.reminders.letters.model import Address, Letter, LetterItem, PaymentInstruction
from services.reminders.operations.issue import Issuing, judge
from services.reminders.store.runs import Run

PAYMENT_DAYS = 14
TEST_AMOUNTS = (1_250, 990)


@dataclass(frozen=True, slots=True)
class SampleWish:
    """Which texts a test letter shows."""

    language: str
    level: int
    layout: str
    day: date


async def preview_letters(
    connection: Connection, issuing: Issuing, run: Run, member: tuple[str, str]
) -> tuple[list[Letter], AdministrationConfigured]:
    """The letters that issuing the run now would print, marked as previews; nothing is kept.

    `member` is the debtor, and the employee who looks. Raises NotFound when the debtor is not in the run, Refused with
    the reason when nothing would be sent.
    """
    party_id, employee = member
    configuration = await get_administration(connection, run.administration)
    occasion = await issuing.occasion(configuration, run, employee)
    chunk = await judge(connection, run, occasion, [party_id])
    if chunk.drafts:
        letters = [letter_of(draft, occasion, "preview") for draft in chunk.drafts]
        return letters, configuration
    if not chunk.outcomes:
        raise NotFound("not-in-run", "Nothing of party {party_id} is in the run.", party_id=party_id, field="party_id")
    dropped = chunk.outcomes[0]
    raise Refused(dropped.code, "Nothing would be sent: {reason}", reason=Retold(dropped.message), field="party_id")


def sample_letter(configuration: AdministrationConfigured, wish: SampleWish) -> Letter:
    """A letter of the administration with made-up items, marked as a test."""
    sender, iban = payment_account(configuration)
    reference = new_reference(UUID(int=1), *references_of(configuration))
    overdue = wish.day - timedelta(days=30)
    return Letter(
        reminder_id="TEST",
        party_id="TEST",
        language=wish.language,
        level=wish.level,
        date=wish.day,
        addressee=Address(sender.name, sender.street, sender.postal_code, sender.city, sender.country),
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
            pay_by=wish.day + timedelta(days=PAYMENT_DAYS),
            reference=reference.text,
            reference_kind=reference.kind,
            fi_creditor=reference.fi_creditor,
        ),
        layout=wish.layout,
        purpose="test",
    )
