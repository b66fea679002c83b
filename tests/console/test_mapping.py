"""Other systems' CSV becomes events through a mapping: their columns, dates, numbers and words."""

from datetime import date
from pathlib import Path

import pytest

from console import mapping
from console.exits import CommandFailed
from console.mapping import (
    ColumnMapping,
    RowRefused,
    Source,
    event_fields,
    parse_amount,
    parse_date,
    read_mapping,
    read_rows,
)

DUTCH = ColumnMapping(
    administration="demo",
    delimiter=";",
    date_format="%d-%m-%Y",
    decimal=",",
    thousands=".",
    columns={
        "party_id": "Klantnummer",
        "item_id": Source(column="Factuur", prefix="F-"),
        "amount": Source(column="Bedrag", negate=True),
        "item_date": "Datum",
        "blocked": Source(column="Geblokkeerd", true=("ja",)),
        "kind": Source(column="Soort", values={"Boete": "fine", "Lidgeld": "contribution"}),
        "journal": Source(value="V10"),
        "branch": "Filiaal",
    },
)
ROW = {
    "Klantnummer": " 12 ",
    "Factuur": "881",
    "Bedrag": "1.234,50",
    "Datum": "31-10-2026",
    "Geblokkeerd": "Ja",
    "Soort": "Boete",
    "Filiaal": "",
}


@pytest.mark.requirement("S3.20")
def test_a_dutch_row_becomes_an_events_fields() -> None:
    fields = event_fields(ROW, DUTCH)

    assert fields == {
        "administration": "demo",
        "party_id": "12",
        "item_id": "F-881",
        "amount": -123450,
        "currency": "EUR",
        "item_date": "2026-10-31",
        "blocked": True,
        "kind": "fine",
        "journal": "V10",
    }


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Bedrag": "12.3.4,5,6"}, "amount"),
        ({"Bedrag": "1,005"}, "decimals"),
        ({"Bedrag": "twaalf"}, "amount"),
        ({"Datum": "2026-10-31"}, "item_date"),
        ({"Datum": "31-02-2026"}, "item_date"),
        ({"Soort": "Cadeau"}, "Boete, Lidgeld"),
    ],
)
def test_a_row_that_cannot_become_an_event_says_which_field_and_why(changes: dict[str, str], word: str) -> None:
    with pytest.raises(RowRefused, match=word):
        event_fields(ROW | changes, DUTCH)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12,5", "EUR", 1250), ("1.000", "JPY", 1000), ("0,001", "KWD", 1), ("-3", "DKK", -300)],
)
def test_amounts_follow_the_files_number_format_and_the_currencys_decimals(
    text: str, currency: str, minor: int
) -> None:
    assert parse_amount("amount", text, DUTCH, currency) == minor


def test_dates_follow_the_files_format() -> None:
    american = DUTCH.model_copy(update={"date_format": "%m/%d/%Y"})

    assert parse_date("item_date", "1/2/2013", american) == date(2013, 1, 2)


def test_a_file_without_a_mapped_column_names_it(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("Klantnummer;Bedrag\n1;2\n", "utf-8")

    with pytest.raises(CommandFailed, match="Factuur"):
        list(read_rows(file, DUTCH))


def test_a_spreadsheets_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(";".join(ROW) + "\n" + ";".join(ROW.values()) + "\n", "utf-8-sig")

    ((line, row),) = read_rows(file, DUTCH)

    assert line == 2
    assert row["Klantnummer"] == " 12 "


@pytest.mark.parametrize("text", ["columns: 3", "administration: demo\ncolums: {}\n", "{"])
def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(text, "utf-8")

    with pytest.raises(CommandFailed, match="no column mapping"):
        read_mapping(file)


def test_the_example_in_the_documentation_is_a_mapping(tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text((mapping.__doc__ or "").partition("\n\n")[2], "utf-8")

    example = read_mapping(file)

    row = {**ROW, "Datum": "01-11-2026", "Geblokkeerd": "J", "Bedrag": "12,50"}
    assert event_fields(row, example) == {
        "administration": "demo",
        "party_id": "12",
        "item_id": "F-881",
        "amount": -1250,
        "currency": "EUR",
        "item_date": "2026-11-01",
        "blocked": True,
        "kind": "fine",
        "journal": "V10",
    }
