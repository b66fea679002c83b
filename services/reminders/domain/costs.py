"""What a reminder costs its debtor: the fee of its level."""

from __future__ import annotations

from contracts.operators import AdministrationConfigured, ReminderProfile
from services.reminders.domain.drafts import Costs
from services.reminders.domain.members import Bundle
from services.reminders.domain.profiles import level_terms
from services.reminders.letters.model import Charge


def costs_of(bundle: Bundle, profile: ReminderProfile, configuration: AdministrationConfigured) -> Costs:
    """The costs of one reminder; who only has credits pays none."""
    terms = level_terms(profile, bundle.level)
    if not terms.fee_amount or all(member.amount < 0 for member in bundle.members):
        return Costs()
    return Costs(charges=(Charge("fee", terms.fee_amount, configuration.base_currency),))
