"""A public sample of an accounts-receivable ledger: imported, matched, and its control list compared with itself.

At any day D, what is overdue is exactly what was due before D and paid after D.
"""

import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.clerk import ROOT, Openitems

SAMPLE = ROOT.parent / "shared" / "data" / "accounts-receivable.csv"
DAYS = (date(2012, 12, 31), date(2013, 7, 1))
PERIODS = "\n".join(
    f"  - {{year: {year}, period: {month}, start: {year}-{month:02d}-01, end: {last}}}"
    for year in (2012, 2013)
    for month in range(1, 13)
    for last in [date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)]
)
ADMINISTRATION = f"""
administration: sample
name: Sample
country: NL
base_currency: USD
fiscal_periods:
{PERIODS}
journals:
  - {{code: V10, type: V, label: {{nl: Verkoop, da: Salg, en: Sales}}}}
  - {{code: B20, type: B, label: {{nl: Bank, da: Bank, en: Bank}}}}
  - {{code: M90, type: M, label: {{nl: Memoriaal, da: Finanskladde, en: Memorial}}}}
reminder_profiles:
  - {{profile: standard, levels: [{{level: 1}}]}}
"""
HEAD = """
administration: sample
date_format: "%m/%d/%Y"
currency: USD
columns:
  party_id: customerID
"""
PARTIES = HEAD + "  name: customerID\n  language: {value: en}\n"
ITEMS = (
    HEAD
    + """
  item_id: invoiceNumber
  invoice_number: invoiceNumber
  item_date: InvoiceDate
  due_date: DueDate
  amount: InvoiceAmount
  journal: {value: V10}
"""
)
PAYMENTS = (
    HEAD
    + """
  item_id: {column: invoiceNumber, prefix: "PAY-"}
  invoice_number: invoiceNumber
  settled_on: SettledDate
  amount: InvoiceAmount
  journal: {value: B20}
"""
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLE.exists(), reason=f"the sample ledger is not there: {SAMPLE.name} beside the project"),
]


def rows() -> Iterator[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def day_of(text: str) -> date:
    return date(*time.strptime(text, "%m/%d/%Y")[:3])


def overdue(day: date) -> set[tuple[str, str]]:
    """What the file itself says is overdue at the end of a day's list."""
    return {
        (row["customerID"], row["invoiceNumber"])
        for row in rows()
        if day_of(row["DueDate"]) < day < day_of(row["SettledDate"])
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    texts = {"administration": ADMINISTRATION, "parties": PARTIES, "items": ITEMS, "payments": PAYMENTS}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


@pytest.mark.requirement("S3.20", "S2.12")
def test_the_control_list_of_imported_books_is_what_the_file_says_is_overdue(
    openitems: Openitems, folder: Path
) -> None:
    sample = replace(openitems, administration="sample")
    sample("configure", folder / "administration.yaml", "--wait")
    sample.confirmed("import", "parties", SAMPLE, "--map", folder / "parties.yaml")
    sample.confirmed("import", "items", SAMPLE, "--map", folder / "items.yaml")

    for day in DAYS:
        paid = ("import", "payments", SAMPLE, "--map", folder / "payments.yaml", "--as-of", day.isoformat(), "--wait")
        sample.confirmed(*paid)
        booking = ("--date", day.isoformat(), "--journal", "M90", "--json")
        sample("matching", "settle", "--method", "reference", *booking)
        listed = sample("reminders", "list", "--on", day.isoformat(), "--json").json

        found = {(row["party_id"], row["item_id"]) for row in listed}
        assert found == overdue(day)
        assert len(found) > 10

    assert sample("audit", "--json").json["violations"] == []
