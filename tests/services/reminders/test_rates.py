"""Rates that operators add in a file of their own, and what Danish letters ask for."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from services.reminders.law.published_rates import read_tables
from services.reminders.law.refusals import UnusableRates
from tests.databases import FreshDatabase
from tests.services.reminders.conftest import Reminders, running
from tests.services.reminders.library import SENDER, configured, party, posted, profile

DANISH_SENDER = {
    **SENDER,
    "name": "Aarhus Bibliotekerne",
    "postal_code": "8000",
    "city": "Aarhus C",
    "country": "DK",
    "iban": "DK5000400440116243",
    "bic": None,
}
RATE = """
[dk-reference]
rates = [{ from = 2026-07-01, until = 2026-12-31, basis_points = 175, source = "nationalbanken.dk, 1 July 2026" }]
"""


async def danish(reminders: Reminders, **changes: object) -> None:
    """A Danish library that asks for statutory interest, and one debtor."""
    levels = {"interest_rule": "statutory"}
    facts = {"country": "DK", "base_currency": "DKK", "reminder_profiles": [profile(level_changes=levels)]}
    await reminders.take(configured(**facts, sender=DANISH_SENDER | changes))
    address = {"street": "Strandvejen 4", "postal_code": "8000", "city": "Aarhus C", "country": "DK"}
    await reminders.take(party(language="da", address=address))
    await reminders.take(posted("I1", 100_000, currency="DKK", due_date=date(2026, 10, 1)))


@pytest.mark.requirement("S3.16")
async def test_a_rate_that_was_published_since_counts_once_it_stands_in_the_operators_file(
    database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    file = tmp_path / "rates.toml"
    file.write_text("", "utf-8")
    async with running(database, tmp_path, law_rates=file) as reminders:
        await danish(reminders)
        without = await reminders.remind()

        file.write_text(RATE, "utf-8")
        await reminders.remind()

        assert [row["outcome"] for row in without["outcomes"]] == ["missing-rate"]
        (interest,) = await reminders.published("item-posted")
        # 9.75 % of 1,000 kroner over the 52 days from 2 October to 22 November.
        assert (interest.kind, interest.amount) == ("interest", 1_389)
        shown = await reminders.desk.read("rates")
        (series,) = [one for one in shown if one["series"] == "dk-reference"]
        assert series["rates"][-1]["source"] == "nationalbanken.dk, 1 July 2026"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[dk-reference", "Expected"),
        (RATE.replace("dk-reference", "dk-refrence"), "dk-refrence is no series; known are"),
        (RATE.replace('source = "nationalbanken.dk, 1 July 2026"', 'source = ""'), "source"),
        (RATE.replace(', source = "nationalbanken.dk, 1 July 2026"', ""), "source"),
        (RATE.replace("175", "1.75"), "basis_points"),
        (RATE.replace("2026-07-01", "2026-06-30"), "overlap"),
        (RATE.replace("2026-12-31", "2026-01-31"), "end before they begin"),
    ],
)
def test_a_file_of_rates_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: str, named: str
) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(content, "utf-8")

    with pytest.raises(UnusableRates, match=named) as refused:
        read_tables(file)

    assert refused.value.code == "invalid-rates"


def test_a_file_of_rates_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableRates, match="No such file"):
        read_tables(tmp_path / "rates.toml")


async def test_every_rate_says_where_it_was_published(reminders: Reminders) -> None:
    shown = await reminders.desk.read("rates")

    assert {one["series"] for one in shown} >= {"nl-statutory", "nl-commercial", "be-late-payment", "dk-reference"}
    assert all(one["source"] and rate["source"] for one in shown for rate in one["rates"])
    reckoned = [rate for one in shown for rate in one["rates"] if "not seen in an official notice" in rate["source"]]
    assert {rate["first"] for rate in reckoned} == {"2026-07-01"}


@pytest.mark.parametrize(
    ("changes", "line"), [({"fi_creditor": "12345678"}, "+12345678<"), ({}, "RF")], ids=["a creditor", "none"]
)
async def test_a_danish_letter_has_the_fi_line_of_its_creditor_or_else_an_iso_reference(
    reminders: Reminders, changes: dict[str, str], line: str
) -> None:
    await reminders.take(configured(country="DK", base_currency="DKK", sender=DANISH_SENDER | changes))
    await reminders.take(party(language="da"), posted(currency="DKK"))

    await reminders.remind()

    (letter,) = [path for path in reminders.documents.rglob("*") if path.is_file()]
    text = PdfReader(BytesIO(letter.read_bytes())).pages[0].extract_text()
    assert line in text
    assert ("+71<" in text) is ("fi_creditor" in changes)
