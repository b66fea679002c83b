"""A workbook is read like a text file: by its headings, with its numbers and days as they are."""

from datetime import date
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from console.exits import CommandFailed
from tests.console.importing.reading import ITEMS, amounts, fates_of, first_refusal, told, with_columns

HEADINGS = ("Klant", "Factuur", "Datum", "Bedrag", "Omschrijving")


def workbook(folder: Path, rows: list[tuple[object, ...]], *sheets: str) -> Path:
    """A workbook with these rows on its first sheet, below a title."""
    path = folder / "items.xlsx"
    with Workbook(path) as book:
        day = book.add_format({"num_format": "dd-mm-yyyy"})
        sheet = book.add_worksheet(*sheets[:1])
        sheet.write_row(0, 0, ["Openstaande posten"])
        sheet.write_row(1, 0, HEADINGS)
        for at, row in enumerate(rows, 2):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                else:
                    sheet.write(at, column, cell)
        for name in sheets[1:]:
            book.add_worksheet(name)
    return path


DOCUMENT = {**with_columns(ITEMS, description="Omschrijving"), "skip_above": 1}


@pytest.mark.requirement("B.11")
def test_numbers_days_and_texts_of_a_workbook_are_read(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1001, "F1", date(2026, 10, 1), 12.5, "Boete"),
        ("P2", 20260012, "02-10-2026", "1234,50", ""),
        ("P3", "F3", date(2026, 10, 3), 0.1 + 0.2, "Rest"),
    ]

    fates = fates_of(workbook(tmp_path, rows), DOCUMENT)

    assert told(fates) == [(3, "new"), (4, "new"), (5, "new")]
    assert amounts(fates) == [1250, 123450, 30]
    first, second, _ = (fate.made.event for fate in fates if fate.made)
    assert (first.party_id, first.item_date) == ("1001", date(2026, 10, 1))  # type: ignore[union-attr]
    assert second.item_id == "20260012"  # type: ignore[union-attr]


def test_a_cell_that_is_not_what_it_should_be_is_refused_by_its_column(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("P1", "F1", 46000, 12.5), ("P1", "F2", "01-10-2026", "#VALUE!")]

    fates = fates_of(workbook(tmp_path, rows), DOCUMENT)

    assert told(fates) == [(3, "refused"), (4, "refused")]
    assert "Datum" in first_refusal(fates)


def test_a_number_too_long_for_a_workbook_is_no_id(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("P1", 1234567890123456789, "01-10-2026", 12.5)]

    fates = fates_of(workbook(tmp_path, rows), DOCUMENT)

    assert "Format the column as text" in first_refusal(fates)


def test_of_more_sheets_one_has_to_be_named(tmp_path: Path) -> None:
    file = workbook(tmp_path, [("P1", "F1", "01-10-2026", 1)], "Open", "Betaald")

    with pytest.raises(CommandFailed, match="sheets Open, Betaald"):
        fates_of(file, DOCUMENT)

    assert amounts(fates_of(file, {**DOCUMENT, "sheet": "Open"})) == [100]
