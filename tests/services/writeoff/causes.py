"""What happens at a library and leads to write-offs, made short."""

from typing import Any

from contracts.library import (
    BailiffReferred,
    BorrowerEnrolled,
    CheckinCancelled,
    ItemChanged,
    ItemPosted,
    MaterialReturned,
    SubscriptionCancelled,
)
from tests.services.writeoff.library import ADMINISTRATION, posted

PARTY = {"administration": ADMINISTRATION, "party_id": "P1"}


def cancelled(**changes: Any) -> SubscriptionCancelled:
    facts = {
        "subscription_id": "S1",
        "cancelled_on": "2026-05-10",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
    }
    return SubscriptionCancelled.model_validate(PARTY | facts | changes, strict=False)


def enrolled(**changes: Any) -> BorrowerEnrolled:
    held = {
        "administration": "bib-aalst",
        "subscription_id": "S-5",
        "valid_from": "2026-03-01",
        "valid_until": "2027-02-28",
    }
    facts = {
        "subscription_id": "S1",
        "enrolled_on": "2026-11-02",
        "cooperation_group": "oost-vlaanderen-1",
        "elsewhere": [held],
    }
    return BorrowerEnrolled.model_validate(PARTY | facts | changes, strict=False)


def returned(**changes: Any) -> MaterialReturned:
    facts = {"material_id": "M1", "loan_id": "L1", "note_id": "N1", "returned_on": "2026-11-02"}
    return MaterialReturned.model_validate(PARTY | facts | changes, strict=False)


def uncharged(**changes: Any) -> CheckinCancelled:
    return CheckinCancelled.model_validate(
        PARTY | {"checkin_id": "C1", "cancelled_on": "2026-11-02"} | changes, strict=False
    )


def referred(*items: str, **changes: Any) -> BailiffReferred:
    facts = {"dossier_id": "D1", "item_ids": items, "referred_on": "2026-11-02"}
    return BailiffReferred.model_validate(PARTY | facts | changes, strict=False)


def contribution(item_id: str = "C1", amount: int = 1200, **changes: Any) -> ItemPosted:
    return posted(item_id, amount, "contribution", **{"subscription_id": "S1", "status": "invoiced"} | changes)


def invoiced(item_id: str, **changes: Any) -> ItemChanged:
    facts = {
        "item_id": item_id,
        "version": 2,
        "status": "invoiced",
        "blocked": False,
        "in_payment_run": False,
        "on_bank_statement": False,
        "processed": True,
        "due_date": None,
    }
    return ItemChanged.model_validate(PARTY | facts | changes, strict=False)
