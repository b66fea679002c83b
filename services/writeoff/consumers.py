"""Which event leads to which operation, and in which order."""

from __future__ import annotations

from chassis.consuming.handling import Handlers
from read_model.items import item_handlers
from services.writeoff.domain.causes import CAUSE_TOPICS
from services.writeoff.operations.answers import take_matches, take_rejections
from services.writeoff.operations.books import take_configurations
from services.writeoff.operations.causes import take_causes, take_changes, take_postings, take_referrals
from services.writeoff.operations.requests import take_requests


def handlers() -> Handlers:
    """Topic -> operation: first what is known, then what is wished, then what the ledger answered."""
    return {
        **item_handlers(),
        **dict.fromkeys(CAUSE_TOPICS, take_causes),
        "administration-configured": take_configurations,
        "item-posted": take_postings,
        "item-changed": take_changes,
        "bailiff-referred": take_referrals,
        "writeoff-requested": take_requests,
        "items-matched": take_matches,
        "match-rejected": take_rejections,
    }
