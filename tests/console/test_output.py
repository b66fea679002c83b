"""What people read in a cell: amounts as money of their currency, said once; numbers that are names as they are."""

import time
from typing import Any

import pytest

from chassis.sentences import Sentence
from console import output
from console.code_words import CODES
from console.output import cell, progress_bar
from console.words import LANGUAGES, WORDS

NO_NUMBER = "'x' is geen geheel getal."
TOTALS = [{"currency": "DKK", "amount": 2_440_913}, {"currency": "EUR", "amount": 4_310_091}]


@pytest.mark.parametrize(
    ("name", "value", "language", "text"),
    [
        ("totals", TOTALS, "en", "DKK24,409.13, €43,100.91"),
        ("totals", {"EUR": 4_310_091, "DKK": 50}, "nl", "€ 43.100,91, DKK 0,50"),
        ("totals", {}, "en", ""),
        ("written_off", [{"journal": "A920", "currency": "EUR", "items": 2, "amount": 1250}], "en", "A920 2 €12.50"),
        ("skipped", [{"code": "settled-meanwhile", "items": 1_200}], "da", "udlignet imens 1.200"),
        ("skipped", [{"code": "settled-meanwhile", "items": 1_200}], "en", "settled-meanwhile 1,200"),
        ("method", "oldest-first", "nl", "oudste eerst"),
        ("method", "oldest-first", "en", "oldest-first"),
        ("outcome", "changed-meanwhile", "nl", "intussen gewijzigd"),
        ("outcome", "of-another-service", "nl", "of-another-service"),
        ("outcomes", {"asked": 1_200, "no-period": 3}, "en", "asked 1,200, no-period 3"),
        ("outcomes", {"asked": 1_200}, "da", "forespurgt 1.200"),
        ("origin", "manual", "da", "manuelt"),
        ("row_problems", [Sentence("{text!r} is no whole number.", text="x")], "nl", NO_NUMBER),
        ("left_out", {"blacklisted": 3}, "nl", "op de zwarte lijst 3"),
        (
            "progress",
            {"published": 3, "written_off": 2, "skipped": 1},
            "nl",
            "doorgegeven 3, afgeboekt 2, overgeslagen 1",
        ),
        ("parts", [{"journal": "A910", "currency": "JPY", "amount": 500}], "en", "A910 JP¥500"),
        ("detail", {"currency": "EUR", "note": "nothing to pay"}, "en", "EUR nothing to pay"),
    ],
)
def test_an_amount_within_a_cell_is_said_with_its_currency_once(
    name: str, value: Any, language: str, text: str
) -> None:
    assert cell(name, value, {}, language).replace("\xa0", " ") == text


@pytest.mark.parametrize(("language", "text"), [("nl", "€ 12,50"), ("da", "12,50 €"), ("en", "€12.50")])
def test_the_currency_of_a_total_is_told_once(language: str, text: str) -> None:
    told = cell("totals", [{"currency": "EUR", "amount": 1250}], {}, language)

    assert told.replace("\xa0", " ") == text


def test_totals_of_several_currencies_stand_side_by_side() -> None:
    totals = [{"currency": "EUR", "amount": 1250}, {"currency": "JPY", "amount": 1250}]

    assert cell("totals", totals, {}, "en") == "€12.50, JP¥1,250"


def test_a_currency_without_an_amount_is_told() -> None:
    assert cell("account", {"party_id": "P1", "currency": "EUR"}, {}, "en") == "P1 EUR"


def test_parts_of_an_amount_are_said_by_their_journals() -> None:
    by_journal = {"A910": 1_250, "A911": 5}
    listed = [{"journal": "A910", "amount": 1_250}, {"journal": "A911", "amount": 5}]

    assert cell("parts", by_journal, {"currency": "EUR"}, "en") == "A910 €12.50, A911 €0.05"
    assert cell("parts", listed, {"currency": "EUR"}, "en") == "A910 €12.50, A911 €0.05"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("fiscal_year", 2026, "2026"), ("items", 2026, "2,026"), ("settled_amount", 2026, "€20.26")],
)
def test_a_number_that_is_a_name_is_shown_as_it_is(name: str, value: int, text: str) -> None:
    assert cell(name, value, {"currency": "EUR"}, "en") == text


def test_a_run_tells_how_far_it_is_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "REPORT_SECONDS", 0.0)

    with progress_bar("Settling") as progress:
        progress({"done": 0, "total": None})
        progress({"done": 1_000, "total": 2_500})

    assert "Settling: 1,000 of 2,500" in capsys.readouterr().err.splitlines()


def test_a_run_tells_how_far_it_is_in_the_language_of_who_waits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "REPORT_SECONDS", 0.0)

    with progress_bar(Sentence("Settling"), "nl") as progress:
        progress({"done": 1_000, "total": 2_500})

    assert "Afletteren: 1.000 van 2.500" in capsys.readouterr().err.splitlines()


def test_an_instant_is_read_on_the_clock_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()

    told = [cell("created_at", "2026-11-26T08:07:58.277136Z", {}, language) for language in ("nl", "da", "en")]

    monkeypatch.undo()
    time.tzset()
    assert told == ["26-11-2026, 09:07", "26.11.2026 09.07", "26/11/2026, 09:07"]


def test_every_word_and_code_is_there_in_every_language() -> None:
    assert all(len(words) == len(LANGUAGES) and all(words) for words in WORDS.values())
    assert all(len(words) == len(LANGUAGES) - 1 and all(words) for words in CODES.values())
