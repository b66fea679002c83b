"""Amounts, days and words are read by the form that the mapping declares, and by no other."""

from datetime import date, datetime
from pathlib import Path

import pytest

from console.exits import CommandFailed
from console.importing.values import NotRead, amount_reader, date_reader
from tests.console.importing.reading import (
    ITEMS,
    amounts,
    fates_of,
    first_refusal,
    told,
    with_columns,
    written,
)

DUTCH = amount_reader(",", ".")
PLAIN = amount_reader(",", "")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12,50", 1250),
        ("1.234,50", 123450),
        ("1234,50", 123450),
        ("1.234", 123400),
        ("-12,50", -1250),
        ("12,50-", -1250),
        ("(12,50)", -1250),
        ("+12,50", 1250),
        ("\N{MINUS SIGN}12,50", -1250),
        ("\N{NO-BREAK SPACE}12,50\N{NO-BREAK SPACE}", 1250),
        ("-\N{NARROW NO-BREAK SPACE}12,50", -1250),
        ("12,500000", 1250),
        ("0,00", 0),
    ],
)
def test_amounts_of_the_declared_form_are_read(text: str, minor: int) -> None:
    assert DUTCH(text, "EUR") == minor


@pytest.mark.requirement("B.11")
@pytest.mark.parametrize(
    "text",
    [
        *("12.50", "1.23.4,5", "1,234.50", "12,50,0", "1.2345", "12..50", ".50", ",50", "12,", "1 234,50", "12.345.6"),
        *(
            "Infinity",
            "NaN",
            "1e3",
            "twaalf",
            "€ 12,50",
            "12,50 EUR",
            "(12,50",
            "12,50)",
            "--12,50",
            "-12,50-",
            "-(12)",
        ),
        *("١٢", "1.005,001", "12,505", "-", "+"),
    ],
)
def test_amounts_of_another_form_are_refused_and_not_bent(text: str) -> None:
    with pytest.raises(NotRead):
        DUTCH(text, "EUR")


@pytest.mark.parametrize(("text", "is_read"), [("1234,50", True), ("1.234,50", False), ("1 234,50", False)])
def test_without_declared_thousands_there_are_none(text: str, *, is_read: bool) -> None:
    if is_read:
        assert PLAIN(text, "EUR") == 123450
    else:
        with pytest.raises(NotRead):
            PLAIN(text, "EUR")


@pytest.mark.parametrize(
    ("thousands", "text"),
    [(" ", "1\N{NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567,00"), ("'", "1'234’567,00"), (".", "1.234.567,00")],
)
def test_thousands_may_be_set_apart_by_spaces_that_do_not_break_and_by_apostrophes(thousands: str, text: str) -> None:
    assert amount_reader(",", thousands)(text, "EUR") == 123456700


@pytest.mark.parametrize(("currency", "text", "minor"), [("JPY", "1.250", 1250), ("KWD", "1,250", 1250)])
def test_decimals_are_the_currencys(currency: str, text: str, minor: int) -> None:
    assert DUTCH(text, currency) == minor


@pytest.mark.parametrize(("number", "minor"), [(12.5, 1250), (0.1 + 0.2, 30), (7, 700), (-1234.56, -123456)])
def test_a_workbooks_number_is_what_the_workbook_shows(number: float, minor: int) -> None:
    assert DUTCH(number, "EUR") == minor


@pytest.mark.parametrize("cell", [12.505, True, date(2026, 1, 1), float("inf")])
def test_a_workbooks_cell_that_is_no_amount_is_refused(cell: object) -> None:
    with pytest.raises(NotRead):
        DUTCH(cell, "EUR")


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("%d-%m-%Y", "1-2-2026", date(2026, 2, 1)),
        ("%Y%m%d", "20260201", date(2026, 2, 1)),
        ("%d.%m.%y", "01.02.26", date(2026, 2, 1)),
        ("%Y-%m-%d %H:%M:%S", "2026-02-01 23:59:59", date(2026, 2, 1)),
        ("%m/%d/%Y", "2/1/2026", date(2026, 2, 1)),
        ("%d%m", "0102", date(2026, 2, 1)),
        ("%d%m", "2902", date(2024, 2, 29)),
    ],
)
def test_days_of_the_declared_form_are_read(form: str, text: str, day: date) -> None:
    assert date_reader(form, day.year, None)(text) == day


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d-%m-%Y", "2026-02-01"),
        ("%d-%m-%Y", "31-02-2026"),
        ("%d-%m-%Y", "01-02-26"),
        ("%d-%m-%Y", "01-02-2026 12:00"),
        ("%d%m%Y", "122026"),
        ("%d%m", "102"),
        ("%d%m", "2902"),
    ],
)
def test_days_of_another_form_are_refused(form: str, text: str) -> None:
    with pytest.raises(NotRead):
        date_reader(form, 2026, None)(text)


def test_an_instant_is_the_day_of_the_place_that_is_meant() -> None:
    read = date_reader("%Y-%m-%dT%H:%M:%S.%f%z", None, "Europe/Brussels")

    assert read("2026-09-30T22:30:00.000+00:00") == date(2026, 10, 1)
    assert read("2026-09-30T22:30:00.000Z") == date(2026, 10, 1)


@pytest.mark.parametrize("cell", [date(2026, 2, 1), datetime(2026, 2, 1, 12)])  # noqa: DTZ001 - a workbook has no zone
def test_a_day_of_a_workbook_is_that_day(cell: object) -> None:
    assert date_reader("%d-%m-%Y", None, None)(cell) == date(2026, 2, 1)


def test_a_date_without_a_year_needs_one(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag\nP1;F1;0110;12,00\n")
    document = {**ITEMS, "date_format": "%d%m"}

    with pytest.raises(CommandFailed, match="has no year"):
        fates_of(file, document)

    (fate,) = fates_of(file, {**document, "year": 2026})
    assert fate.made is not None
    assert fate.made.event.item_date == date(2026, 10, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ({"column": "Bedrag", "sign": {"column": "Af Bij", "plus": ["Bij"], "minus": ["Af"]}}, "Af;52,42", [-5242]),
        ({"column": "Bedrag", "sign": {"column": "Af Bij", "plus": ["Bij"], "minus": ["Af"]}}, "Bij;52,42", [5242]),
        ({"column": "Bedrag", "sign": {"column": "Af Bij", "plus": ["S"], "minus": ["H"]}}, "H;52,42", [-5242]),
        ({"column": "Bedrag", "sign": {"column": "Af Bij", "plus": ["D"], "minus": ["C"]}}, "X;52,42", []),
    ],
)
def test_the_sign_may_stand_in_a_column_of_its_own(
    tmp_path: Path, column: dict[str, object], cells: str, expected: list[int]
) -> None:
    file = written(tmp_path, f"Klant;Factuur;Datum;Af Bij;Bedrag\nP1;F1;01-10-2026;{cells}\n")

    assert amounts(fates_of(file, with_columns(ITEMS, amount=column))) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [("52,42;", [5242]), (";52,42", [-5242]), ("52,42;0,00", [5242]), ("1,00;2,00", []), (";", []), ("0,00;0,00", [])],
)
def test_debit_and_credit_may_stand_in_two_columns(tmp_path: Path, cells: str, expected: list[int]) -> None:
    file = written(tmp_path, f"Klant;Factuur;Datum;Debet;Credit\nP1;F1;01-10-2026;{cells}\n")
    document = with_columns(ITEMS, amount={"debit": "Debet", "credit": "Credit"})

    assert amounts(fates_of(file, document)) == expected


def test_words_for_yes_and_no_are_known_or_refused(tmp_path: Path) -> None:
    rows = "".join(f"P{n};F{n};01-10-2026;1,00;{word}\n" for n, word in enumerate(["Ja", "nee", "", "geblokkeerd"]))
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag;Blok\n" + rows)

    fates = fates_of(file, with_columns(ITEMS, blocked="Blok"))

    assert told(fates) == [(2, "new"), (3, "new"), (4, "new"), (5, "refused")]
    assert [fate.made.event.blocked for fate in fates[:3] if fate.made] == [True, False, False]  # type: ignore[union-attr]
    assert "Blok: 'geblokkeerd' is neither yes nor no." in first_refusal(fates)


def test_own_words_for_yes_leave_every_other_word_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag;Blok\nP1;F1;01-10-2026;1,00;B\nP2;F2;01-10-2026;1,00;ja\n")

    fates = fates_of(file, with_columns(ITEMS, blocked={"column": "Blok", "true": ["B"]}))

    assert told(fates) == [(2, "new"), (3, "refused")]


def test_an_amount_of_zero_is_refused_or_left_out_as_the_mapping_says(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026;0,00\n")

    assert told(fates_of(file, ITEMS)) == [(2, "refused")]
    assert told(fates_of(file, {**ITEMS, "zero": "leave-out"})) == [(2, "left-out")]
