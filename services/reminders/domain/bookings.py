"""Where the costs of reminders are booked: journal and period, and the items that they become."""

from __future__ import annotations

from chassis.sentences import Sentence
from contracts.library import Document, ItemKind, ItemPosted
from contracts.operators import AdministrationConfigured
from services.reminders.domain.drafts import Draft, DraftRefused, Occasion
from services.reminders.domain.references import reminder_number
from services.reminders.letters.model import ChargeKind
from services.reminders.letters.texts import language_of

JOURNAL_TYPES = ("V", "M")
"""Costs are booked where sales are, or else in the memorial."""

ITEM_KINDS: dict[ChargeKind, ItemKind] = {"fee": "reminder-fee", "compensation": "reminder-fee", "interest": "interest"}


def journal_of(configuration: AdministrationConfigured) -> str:
    """The first sales journal, or else the first memorial; raises DraftRefused when there is neither."""
    for wanted in JOURNAL_TYPES:
        for journal in configuration.journals:
            if journal.type == wanted:
                return journal.code
    raise DraftRefused(
        "no-journal",
        "The administration has no journal to book reminder costs in.",
        field="journals",
        remedy="Configure a sales journal (V) or a memorial (M).",
    )


def require_open_period(occasion: Occasion) -> None:
    """Raise DraftRefused unless our bookings of the run's day fall in an open period."""
    day = occasion.day
    period = occasion.configuration.period_at(day)
    if period is None or not period.open:
        reason = (
            Sentence("period {period.year}/{period.period} is closed", period=period)
            if period
            else Sentence("no fiscal period is configured")
        )
        raise DraftRefused(
            "closed-period",
            "The reminder's costs cannot be booked on {day}: {reason}.",
            day=day,
            reason=reason,
            field="generation_date",
            remedy="Open the period, or make the run on a day in an open one.",
        )


def cost_items(draft: Draft, occasion: Occasion, document: Document) -> list[ItemPosted]:
    """A reminder's fees and interest as items, the same for the same reminder.

    Raises DraftRefused for a closed period or a missing journal.
    """
    # A reminder without costs books nothing, and goes out in a closed period too.
    if not draft.costs.charges:
        return []
    require_open_period(occasion)
    journal = journal_of(occasion.configuration)
    language = language_of(draft.debtor.language)
    # Ids and vouchers come from the reminder's id and the charge's place, so that issuing again books the same items.
    return [
        ItemPosted(
            administration=occasion.configuration.administration,
            party_id=draft.debtor.party_id,
            item_id=f"R{number}-{draft.reminder_id.hex}",
            kind=ITEM_KINDS[charge.kind],
            amount=charge.amount_minor,
            currency=charge.currency,
            journal=journal,
            voucher=f"R{number}-{reminder_number(draft.reminder_id)}",
            item_date=occasion.day,
            due_date=draft.pay_by,
            description=language.labels[charge.kind].replace(
                "{until}", language.figures.day(charge.until or occasion.day)
            ),
            branch=draft.debtor.branch,
            reference=draft.reference.text,
            employee=occasion.employee,
            documents=(document,),
            reminder_id=str(draft.reminder_id),
        )
        for number, charge in enumerate(draft.costs.charges, 1)
    ]
