"""Files of each kind, from the dry run to what all four services say of each row, on the whole stack."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from tests.support.clerk import Openitems

CONFIGURATION = """
administration: imported
name: Imported
country: NL
base_currency: EUR
fiscal_periods:
  - {year: 2026, period: 10, start: 2026-10-01, end: 2026-10-31}
  - {year: 2026, period: 11, start: 2026-11-01, end: 2026-11-30}
journals:
  - {code: V10, type: V, label: {nl: Verkoop, da: Salg, en: Sales}}
  - {code: B10, type: B, label: {nl: Bank, da: Bank, en: Bank}}
  - {code: M90, type: M, label: {nl: Memoriaal, da: Finanskladde, en: Memorial}}
reminder_profiles:
  - {profile: standard, levels: [{level: 1}]}
"""
PARTIES = "Nr;Naam;Straat;Plaats;Land\n1201;Lotte Peeters;Korenmarkt 4;Gent;BE\n1202;Søren Ærø;Nygade 1;Aarhus;DK\n"
PARTY_COLUMNS = {"party_id": "Nr", "name": "Naam", "street": "Straat", "city": "Plaats", "country": "Land"}
ITEM_COLUMNS = {
    "party_id": "Klant",
    "item_id": "Factuur",
    "item_date": "Datum",
    "amount": "Bedrag",
    "open_amount": "Open",
    "journal": {"value": "V10"},
}
ITEMS = [("1201", "F1", "05-09-2026", 100.5, 40.5), ("1202", "F2", "06-09-2026", 12.5, 12.5)]
PAYMENTS = Path(__file__).parents[1] / "console" / "importing" / "samples" / "ing.csv"
SERVICES = ("selection", "matching", "reminders", "writeoff")

pytestmark = pytest.mark.slow


@pytest.fixture
def imported(openitems: Openitems, tmp_path: Path) -> Openitems:
    books = replace(openitems, administration="imported", employee="o.peeters")
    configuration = tmp_path / "administration.yaml"
    configuration.write_text(CONFIGURATION, "utf-8")
    books("configure", configuration, "--wait")
    return books


def mapping(folder: Path, name: str, **document: Any) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(document), "utf-8")
    return file


def workbook(folder: Path) -> Path:
    file = folder / "open.xlsx"
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([("Klant", "Factuur", "Datum", "Bedrag", "Open"), *ITEMS]):
            sheet.write_row(at, 0, row)
    return file


@pytest.mark.requirement("S3.20", "B.11")
def test_parties_opening_balances_and_payments_come_in_and_every_service_says_what_it_made_of_each_row(
    imported: Openitems, tmp_path: Path
) -> None:
    parties = tmp_path / "parties.csv"
    parties.write_text(PARTIES, "cp1252")
    of_parties = mapping(tmp_path, "parties", columns=PARTY_COLUMNS)
    of_items = mapping(
        tmp_path, "items", columns=ITEM_COLUMNS, date_format="%d-%m-%Y", decimal=",", opening={"journal": "M90"}
    )
    report = tmp_path / "report.csv"

    answers = [
        imported.confirmed("import", "parties", parties, "--map", of_parties),
        imported.confirmed("import", "items", workbook(tmp_path), "--map", of_items, "--opening-date", "2026-10-01"),
        imported.confirmed("import", "payments", PAYMENTS, "--map", "ing", "--report", report),
    ]

    for answer in answers:
        assert {row["outcome"] for row in answer.json["rows"]} == {"taken"}
        assert all(row[service] == "taken" for row in answer.json["rows"] for service in SERVICES)
    assert len(report.read_text("utf-8-sig").splitlines()) == 4
    items = {row["item_id"]: row["open_amount"] for row in imported("items", "list", "--json").json}
    assert (items["F1"], items["F2"]) == (4050, 1250)
    again = imported("import", "parties", parties, "--map", of_parties, "--json").json
    assert again["counts"] == {"rows": 2, "in-books": 2}
    assert imported("audit", "--json").json["violations"] == []
