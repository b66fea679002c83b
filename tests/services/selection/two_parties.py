"""Two parties whose every field differs: P1 owes I1 alone; P2 owes I2 and I3 and is on the black list."""

from datetime import timedelta
from typing import Any

from contracts.library import BailiffReferred
from contracts.reminders import ReminderIssued
from tests.services.selection.conftest import Selection
from tests.services.selection.library import NOW, TODAY, configured, matched, party, posted, read


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


FIRST_PARTY: dict[str, Any] = {
    "kind": "debtor",
    "debtor_type": "consumer",
    "address": {"street": "Kouter 1", "postal_code": "9000", "city": "Gent", "country": "BE"},
    "email": "a@x.be",
    "phone": "1",
    "language": "nl-BE",
    "group": "g1",
    "category": "adult",
    "payment_method": "cash",
    "payment_terms_days": 14,
    "branch": "b1",
    "channel": "letter",
    "iban": "BE1",
}
FIRST_ITEM: dict[str, Any] = {
    "base_amount": 1000,
    "payment_terms_days": 30,
    "payment_method": "cash",
    "till": "desk-1",
    "description": "Late",
    "branch": "b1",
    "invoice_number": "F1",
    "reference": "R1",
    "employee": "e1",
    "subscription_id": "S1",
    "period_start": "2026-01-01",
    "period_end": "2026-12-31",
    "loan_id": "L1",
    "material_id": "M1",
    "checkin_id": "C1",
    "note_id": "N1",
    "reminder_id": "H1",
    "money_back": "refund",
    "reverses": "I0",
    "blocked": True,
    "in_payment_run": True,
    "on_bank_statement": True,
    "processed": False,
    "documents": [{"document_id": "D1", "name": "invoice.pdf"}],
}
REMINDER: dict[str, Any] = {
    "party_id": "P2",
    "reminder_id": "01937c1e-0000-7000-8000-000000000005",
    "run_id": "01937c1e-0000-7000-8000-000000000006",
    "level": 2,
    "date": ago(20),
    "items": [{"item_id": "I2", "open_amount": 5000, "level": 2}],
    "totals": [],
    "channel": "letter",
    "document": {"document_id": "R1", "kind": "reminder", "name": "r.pdf"},
    "employee": "e.maes",
}


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party("P1", name="Lotte Peeters", **FIRST_PARTY),
        party("P2", name="Ærø Skole"),
        posted("I1", 1000, item_date=ago(10), due_date=ago(5), **FIRST_ITEM),
        posted("I2", 5000, party_id="P2", item_date=ago(400), due_date=ago(370), kind="invoice", journal="V20"),
        posted("I3", 300, party_id="P2", item_date=ago(1), due_date=(TODAY + timedelta(days=9)).isoformat()),
        posted("I4", 70, party_id="P2", item_date=ago(3)),
    )
    await selection.take(
        read(ReminderIssued, REMINDER),
        read(BailiffReferred, {"party_id": "P2", "dossier_id": "D", "item_ids": ["I2"], "referred_on": ago(1)}),
        matched({"I4": (-70, 0, 1)}, party_id="P2", method="write-off", reason="A920"),
        matched({"I1": (-1, 999, 1)}, origin_administration="bib-aalst"),
    )
    await selection.rows(
        "INSERT INTO blacklist VALUES ('bib-gent', 'P2', 1, TRUE, 'Owes a lot', $1, 'e.maes', $2) RETURNING party_id",
        TODAY + timedelta(days=30),
        NOW,
    )
