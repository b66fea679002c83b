"""A library's events, made short: an administration, its debtors, their items, and what the ledger says of them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from contracts.library import BailiffReferred, ItemChanged, ItemPosted, PartyUpdated
from contracts.matching import ItemsMatched, MatchLine
from contracts.operators import AdministrationConfigured

ADMINISTRATION = "bib-gent"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = date(2026, 9, 1)
IBAN = "BE68539007547034"

LABEL = {"nl": "Dagboek", "da": "Kladde", "en": "Journal"}
SENDER = {
    "name": "Bibliotheek Gent",
    "street": "Miriam Makebaplein 1",
    "postal_code": "9000",
    "city": "Gent",
    "country": "BE",
    "iban": IBAN,
    "bic": "GKCCBEBB",
    "enterprise_number": "0123.456.749",
}


def days_ago(days: int) -> date:
    """A day before the one on which the tests take place."""
    return TODAY - timedelta(days=days)


def configured(**changes: Any) -> AdministrationConfigured:
    """The administration with one period, 2026, and no reminder profiles of its own."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "version": 1,
        "name": "Bibliotheek Gent",
        "country": "BE",
        "base_currency": "EUR",
        "fiscal_periods": [{"year": 2026, "period": 1, "start": "2026-01-01", "end": "2026-12-31"}],
        "journals": [
            {"code": "V10", "type": "V", "label": LABEL},
            {"code": "M90", "type": "M", "label": LABEL},
        ],
        "sender": SENDER,
    }
    return AdministrationConfigured.model_validate_json(_json(facts | changes))


def party(party_id: str = "P1", **changes: Any) -> PartyUpdated:
    """A debtor with an address."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": party_id,
        "version": 1,
        "kind": "debtor",
        "name": f"Lotte {party_id}",
        "address": {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "BE"},
        "language": "nl-BE",
    }
    return PartyUpdated.model_validate_json(_json(facts | changes))


def posted(item_id: str = "I1", amount: int = 1250, party_id: str = "P1", **changes: Any) -> ItemPosted:
    """An item that has long been due."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": party_id,
        "item_id": item_id,
        "kind": "fine" if amount > 0 else "credit-note",
        "amount": amount,
        "currency": "EUR",
        "journal": "V10",
        "voucher": f"v-{item_id}",
        "item_date": LONG_AGO,
        "due_date": LONG_AGO + timedelta(days=30),
    }
    return ItemPosted.model_validate_json(_json(facts | changes))


def changed(item_id: str = "I1", party_id: str = "P1", version: int = 1, **changes: Any) -> ItemChanged:
    """A change of an item; what is not named is as it was posted."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": party_id,
        "item_id": item_id,
        "version": version,
        "status": "open",
        "blocked": False,
        "in_payment_run": False,
        "on_bank_statement": False,
        "processed": True,
        "due_date": LONG_AGO + timedelta(days=30),
    }
    return ItemChanged.model_validate_json(_json(facts | changes))


def matched(
    open_amounts: Mapping[str, tuple[int, int]], party_id: str = "P1", version: int = 1, **changes: Any
) -> ItemsMatched:
    """The ledger settled something: per item what was added to its open amount, and what is open since."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": party_id,
        "match_id": uuid4(),
        "method": "oldest-first",
        "currency": "EUR",
        "date": TODAY,
        "journal": "M90",
        "fiscal_year": 2026,
        "period": 1,
        "employee": "e.maes",
        "recorded_at": NOW,
        "lines": tuple(
            MatchLine(item_id=item_id, amount=amount, open_amount=rest, version=version)
            for item_id, (amount, rest) in open_amounts.items()
        ),
    }
    return ItemsMatched.model_validate(facts | changes)


def referred(item_id: str = "I1", party_id: str = "P1") -> BailiffReferred:
    """An item is taken into the bailiff procedure."""
    return BailiffReferred(
        administration=ADMINISTRATION, party_id=party_id, dossier_id="D1", item_ids=(item_id,), referred_on=TODAY
    )


def profile(name: str = "standard", *, levels: int = 3, **changes: Any) -> dict[str, Any]:
    """A reminder profile with levels two weeks apart; `level_changes` hold for each of them."""
    level_changes = changes.pop("level_changes", {})
    return {"profile": name, "levels": [{"level": n, **level_changes} for n in range(1, levels + 1)], **changes}


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), default=str)
