"""A real ledger of receivables: what the control list says is overdue is what the file itself says."""

import csv
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from contracts.event import Event
from contracts.money import to_minor
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import configured, matched, party, posted

FILE = Path(__file__).resolve().parents[4] / "shared" / "data" / "accounts-receivable.csv"


def day(text: str) -> date:
    return date(*time.strptime(text, "%m/%d/%Y")[:3])


def invoices() -> list[dict[str, str]]:
    if not FILE.exists():
        pytest.skip(f"the sample ledger is not there: {FILE}")
    with FILE.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def events_until(rows: list[dict[str, str]], on: date) -> list[Event]:
    """Every invoice, and the settlements that had happened by a day."""
    events: list[Event] = [party(customer, language="en") for customer in sorted({row["customerID"] for row in rows})]
    for row in rows:
        number, customer = row["invoiceNumber"], row["customerID"]
        amount = to_minor_of(row)
        events.append(
            posted(
                number,
                amount,
                customer,
                currency="USD",
                voucher=number,
                item_date=day(row["InvoiceDate"]),
                due_date=day(row["DueDate"]),
            )
        )
        if day(row["SettledDate"]) <= on:
            match_id = uuid5(NAMESPACE_URL, number)
            settled = day(row["SettledDate"])
            events.append(matched({number: (-amount, 0)}, customer, currency="USD", date=settled, match_id=match_id))
    return events


def to_minor_of(row: dict[str, str]) -> int:
    return to_minor(Decimal(row["InvoiceAmount"]), "USD")


@pytest.mark.requirement("S2.12", "S3.17", "S3.20")
@pytest.mark.parametrize("on", [date(2012, 6, 30), date(2013, 6, 30), date(2013, 11, 15)])
async def test_overdue_on_a_day_is_exactly_what_the_ledger_says(reminders: Reminders, on: date) -> None:
    rows = invoices()
    overdue = {r["invoiceNumber"] for r in rows if day(r["DueDate"]) < on < day(r["SettledDate"])}
    await reminders.take(configured(), *events_until(rows, on))

    listed, cursor = set(), None
    for _ in range(len(rows)):
        page = await reminders.desk.do(
            "control-list/items", {"generation_date": str(on)}, limit=500, **({"cursor": cursor} if cursor else {})
        )
        listed |= {item["item_id"] for item in page["items"]}
        cursor = page["next"]
        if cursor is None:
            break

    assert listed == overdue
