"""A reminder before it is printed: its name, items, costs, payment, channel, and the letter that says all this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID

from chassis.errors import Refused
from chassis.ids import derived_id
from contracts.operators import AdministrationConfigured, ReminderProfile, Sender
from services.reminders.domain.members import Channel, Debtor, Member
from services.reminders.domain.profiles import level_terms
from services.reminders.domain.references import Reference, reminder_number
from services.reminders.law.claims import NoticeDue
from services.reminders.law.published_rates import Tables, tables
from services.reminders.letters.model import (
    Charge,
    Letter,
    LetterItem,
    PaymentInstruction,
    PostalAddress,
    Purpose,
)
from services.reminders.letters.payment_code import check_account

PAYMENT_DAYS = 14
"""Days to pay in, unless the profile reminds again after another number of days, or a law grants more."""

REMINDERS = derived_id(NAMESPACE_URL, "openitems:reminder")


class DraftRefused(Refused):
    """A reminder that cannot be sent to this debtor; the others of the run go on."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a reminder adds to the debt, and the notice that the law asks for."""

    charges: tuple[Charge, ...] = ()
    notice: NoticeDue | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all reminders of one run share; `known` are the rates that the law's rules may reckon with."""

    configuration: AdministrationConfigured
    run_id: UUID
    day: date
    employee: str
    known: Tables = field(default_factory=tables)


@dataclass(frozen=True, slots=True)
class Draft:
    """One reminder to one debtor, decided but not printed."""

    reminder_id: UUID
    debtor: Debtor
    profile: ReminderProfile
    level: int
    members: tuple[Member, ...]
    channel: Channel
    pay_by: date
    reference: Reference
    costs: Costs


def reminder_id_of(run_id: UUID, party_id: str, level: int) -> UUID:
    """The same for the same run, debtor and level, however often it is issued."""
    return derived_id(REMINDERS, f"{run_id}/{level}/{party_id}")


def channel_of(debtor: Debtor, profile: ReminderProfile, level: int) -> Channel:
    """As the level says, or else by e-mail when the debtor or their profile prefers it.

    Raises DraftRefused when there is no address for an e-mail.
    """
    preferred: Channel = "e-mail" if "e-mail" in (debtor.channel, profile.channel) else "letter"
    channel = level_terms(profile, level).channel or preferred
    if channel == "e-mail" and not debtor.email:
        raise DraftRefused(
            "missing-email",
            "The debtor is reminded by e-mail, and has no e-mail address.",
            field="email",
            remedy="Complete the party's e-mail address, or change its channel to letter.",
        )
    return channel


def pay_by_of(profile: ReminderProfile, level: int, day: date, notice: NoticeDue | None) -> date:
    """The last day to pay: before the next level may follow, and never sooner than the law grants."""
    following = level_terms(profile, level + 1).days_after_previous or PAYMENT_DAYS
    pay_by = day + timedelta(days=following)
    return max(pay_by, notice.ends) if notice and notice.ends else pay_by


def letter_of(draft: Draft, occasion: Occasion, purpose: Purpose = "final") -> Letter:
    """What is printed; raises DraftRefused when the administration has no account to pay to."""
    debtor = draft.debtor
    return Letter(
        reminder_id=str(draft.reminder_id),
        party_id=debtor.party_id,
        language=debtor.language,
        level=draft.level,
        date=occasion.day,
        addressee=PostalAddress(
            name=debtor.name,
            street=debtor.street or "",
            postal_code=debtor.postal_code or "",
            city=debtor.city or "",
            country=debtor.country or occasion.configuration.country,
        ),
        items=tuple(_printed(member) for member in draft.members),
        payment=payment_of(draft, occasion.configuration),
        charges=draft.costs.charges,
        notice=draft.costs.notice,
        layout=level_terms(draft.profile, draft.level).layout,
        purpose=purpose,
        by_post=draft.channel == "letter",
        number=reminder_number(draft.reminder_id),
    )


def payment_account(configuration: AdministrationConfigured) -> tuple[Sender, str]:
    """The sender and the IBAN that is paid to.

    Raises DraftRefused when they are not configured, InvalidIban or InvalidBic when nobody could pay to them.
    """
    sender = configuration.sender
    if sender is None or sender.iban is None:
        raise DraftRefused(
            "missing-account",
            "The administration has no sender with an account to pay to.",
            field="sender/iban",
            remedy="Configure the administration's sender with its IBAN.",
        )
    check_account(sender.iban, sender.bic, within="sender/")
    return sender, sender.iban


def references_of(configuration: AdministrationConfigured) -> tuple[str, str | None]:
    """By which country's rules payment references are made, and the sender's number as a Danish FI creditor.

    A Danish sender without such a number gets references by ISO 11649.
    """
    sender = configuration.sender
    return (sender.country, sender.fi_creditor) if sender else (configuration.country, None)


def payment_of(draft: Draft, configuration: AdministrationConfigured) -> PaymentInstruction:
    """How to pay: in the currency of the first charge, to the sender's account."""
    sender, iban = payment_account(configuration)
    currencies = [member.currency for member in draft.members if member.amount > 0]
    return PaymentInstruction(
        holder=sender.name,
        iban=iban,
        bic=sender.bic,
        currency=currencies[0] if currencies else configuration.base_currency,
        pay_by=draft.pay_by,
        reference=draft.reference.text,
        reference_kind=draft.reference.kind,
        fi_creditor=draft.reference.fi_creditor,
    )


def _printed(member: Member) -> LetterItem:
    return LetterItem(
        voucher=member.voucher,
        item_date=member.item_date,
        due_date=member.due_on,
        description=member.description,
        amount_minor=member.amount,
        open_minor=member.open_amount,
        currency=member.currency,
        kind=member.kind,
    )


def charge_totals(charges: Sequence[Charge]) -> Mapping[str, int]:
    """What a reminder adds per currency."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[charge.currency] = sums.get(charge.currency, 0) + charge.amount_minor
    return sums


def totals_of(draft: Draft) -> dict[str, int]:
    """What is to be paid per currency, costs included."""
    sums = dict(charge_totals(draft.costs.charges))
    for member in draft.members:
        sums[member.currency] = sums.get(member.currency, 0) + member.open_amount
    return dict(sorted(sums.items()))
