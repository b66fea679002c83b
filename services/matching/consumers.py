"""The table of consumed topics: which operation takes each event."""

from __future__ import annotations

from chassis.consuming.handling import Handlers
from read_model.parties import take_administration_configured, take_party_updated
from services.matching.operations.postings import take_changes, take_postings, take_referrals, take_reminders
from services.matching.operations.requests import take_requests


def handlers() -> Handlers:
    """Topic -> operation, in the order in which a batch is applied: what is referred to comes first."""
    return {
        "administration-configured": take_administration_configured,
        "party-updated": take_party_updated,
        "item-posted": take_postings,
        "item-changed": take_changes,
        "reminder-issued": take_reminders,
        "bailiff-referred": take_referrals,
        "match-requested": take_requests,
    }
