"""A library's books, made short: an administration, items, requests."""

import itertools
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.library import ItemChanged, ItemPosted, PartyUpdated
from contracts.operators import AdministrationConfigured
from contracts.writeoff import MatchRequested
from services.matching.domain.booking import BookingWish
from services.matching.domain.forms import SettlementForm

ADMINISTRATION = "bib-gent"
TODAY = date(2026, 11, 22)
EMPLOYEE = "e.maes"
LABEL = {"nl": "Dagboek", "da": "Kladde", "en": "Journal"}
JOURNALS = (
    {"code": "M90", "type": "M"},
    {"code": "M91", "type": "M", "allows_foreign_currency": True},
    {"code": "A920", "type": "A"},
    {"code": "V10", "type": "V"},
    {"code": "B10", "type": "B"},
)


def configured(**changes: Any) -> AdministrationConfigured:
    """The administration; the months of 2025 and 2026, all open but January 2026."""
    starts = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(25)]
    periods = [
        {
            "year": start.year,
            "period": start.month,
            "start": str(start),
            "end": str(following - timedelta(days=1)),
            "open": (start.year, start.month) != (2026, 1),
        }
        for start, following in itertools.pairwise(starts)
    ]
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "version": 1,
        "name": "Bibliotheek Gent",
        "country": "BE",
        "base_currency": "EUR",
        "fiscal_periods": periods,
        "journals": [{**journal, "label": LABEL} for journal in JOURNALS],
        "gl_links": {"payment_differences": "4900", "exchange_gains": "7500", "exchange_losses": "6500"},
    }
    return AdministrationConfigured.model_validate_json(json.dumps(facts | changes))


def posted(item_id: str = "I1", amount: int = 1250, **changes: Any) -> ItemPosted:
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "item_id": item_id,
        "kind": "fine" if amount > 0 else "payment",
        "amount": amount,
        "currency": "EUR",
        "journal": "V10" if amount > 0 else "B10",
        "voucher": f"v-{item_id}",
        "item_date": "2026-10-01",
    }
    return ItemPosted.model_validate_json(json.dumps(facts | changes, default=str))


def changed(item_id: str = "I1", version: int = 1, **changes: Any) -> ItemChanged:
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "item_id": item_id,
        "version": version,
        "status": "open",
        "blocked": False,
        "in_payment_run": False,
        "on_bank_statement": False,
        "processed": True,
        "due_date": None,
    }
    return ItemChanged.model_validate_json(json.dumps(facts | changes, default=str))


def party(party_id: str = "P1", **changes: Any) -> PartyUpdated:
    facts = {"administration": ADMINISTRATION, "party_id": party_id, "version": 1, "kind": "debtor", "name": "Lotte"}
    return PartyUpdated.model_validate_json(json.dumps(facts | changes))


def requested(amounts: dict[str, int] | None = None, /, **changes: Any) -> MatchRequested:
    """A request to write lines off on A920; an amount is both what is asked and what was approved."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "request_id": uuid4(),
        "method": "write-off",
        "currency": "EUR",
        "date": TODAY,
        "journal": "A920",
        "lines": [
            {"item_id": name, "amount": amount, "approved_open_amount": amount}
            for name, amount in (amounts or {}).items()
        ],
        "contra": {"kind": "write-off", "journal": "A920"},
        "employee": EMPLOYEE,
    }
    return MatchRequested.model_validate_json(json.dumps(facts | changes, default=str))


def settlement(**changes: Any) -> SettlementForm:
    """What oldest first is asked to do, booked today on M90."""
    facts: dict[str, Any] = {"booking": {"date": TODAY, "journal": "M90"}}
    return SettlementForm.model_validate_json(json.dumps(facts | changes, default=str))


def wish(**changes: Any) -> BookingWish:
    facts: dict[str, Any] = {"match_date": TODAY, "journal": "M90", "employee": EMPLOYEE}
    return BookingWish(**(facts | changes))


def reversal(match_id: UUID, **changes: Any) -> MatchRequested:
    return requested(method="reversal", journal="M90", lines=[], contra=None, reversal_of=match_id, **changes)
