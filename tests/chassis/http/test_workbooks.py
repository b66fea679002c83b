"""Rows of named values become files: amounts are decimal numbers, dates dates, and text stays text in every form."""

import csv
import io
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook
from starlette.responses import StreamingResponse

from chassis.http import Column, FileFormat, Table, as_file, workbooks
from chassis.http.files import csv_file, csv_line, xlsx_file
from chassis.notations import BELGIAN, DANISH, DUTCH, ENGLISH, RFC_4180, Notation

TABLE = Table(
    "open-amounts",
    (
        Column("name", heading="Naam"),
        Column("day"),
        Column("at"),
        Column("amount", currency_in="currency"),
        Column("base_amount", currency="EUR"),
        Column("status", words={"o": "openstaand"}),
        Column("blocked", words={True: "ja", False: "nee"}),
        Column("pages"),
        Column("match_id"),
        Column("files"),
    ),
    facts=(("Made by", "=1+1"),),
)
ROW = {
    "name": "=1+1",
    "day": date(2024, 1, 15),
    "at": datetime(2024, 1, 15, 9, 5, tzinfo=UTC),
    "amount": -1250,
    "currency": "JPY",
    "base_amount": -310,
    "status": "o",
    "blocked": False,
    "pages": -3,
    "match_id": UUID(int=7),
    "files": ["＝a", "b"],
}


async def rows_of(*rows: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
    for row in rows:
        yield row


async def content(answer: StreamingResponse) -> bytes:
    return b"".join([bytes(part) async for part in answer.body_iterator if isinstance(part, bytes)])


@pytest.mark.parametrize(
    ("notation", "day", "amount"),
    [
        (RFC_4180, "2024-01-15", "-3.10"),
        (DUTCH, "15-01-2024", "-3,10"),
        (BELGIAN, "15/01/2024", "-3,10"),
        (DANISH, "15-01-2024", "-3,10"),
        (ENGLISH, "15/01/2024", "-3.10"),
    ],
)
async def test_each_country_reads_its_own_dates_and_amounts(notation: Notation, day: str, amount: str) -> None:
    told = (await content(await csv_file(TABLE, rows_of(ROW), notation))).decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(told, newline=""), delimiter=notation.delimiter)
    assert (row["day"], row["base_amount"], row["amount"]) == (day, amount, "-1250")
    assert (row["status"], row["blocked"], row["pages"]) == ("openstaand", "nee", "-3")
    assert row["at"] == (f"{day} 09:05" if notation.for_people else "2024-01-15T09:05:00+00:00")
    assert row["Naam"] == ("'=1+1" if notation.for_people else "=1+1")
    assert row["files"] == ("'＝a b" if notation.for_people else "＝a b")
    assert told.endswith("\r\n")


async def test_a_workbook_has_numbers_dates_and_texts_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(await content(await xlsx_file(TABLE, rows_of(ROW), DUTCH))))

    heading, cells = book.worksheets[0].iter_rows()
    assert [cell.value for cell in heading] == TABLE.headings
    assert [cell.data_type for cell in cells] == ["s", "d", "s", "n", "n", "s", "s", "n", "s", "s"]
    assert [cell.value for cell in cells[3:5]] == [-1250, -3.10]
    assert [cell.number_format for cell in cells[1:5:3]] == ["dd-mm-yyyy", "#,##0.00"]
    assert cells[3].number_format == "#,##0"
    assert (cells[0].value, cells[9].value) == ("=1+1", "＝a b")
    assert [[cell.data_type for cell in row] for row in book["Info"].iter_rows()] == [["s", "s"]]


async def test_rows_beyond_a_full_sheet_go_on_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_SHEET_ROWS", 2)
    table = Table("numbers", (Column("number"),))

    rows = rows_of(*({"number": number} for number in range(5)))
    book = load_workbook(io.BytesIO(await content(await xlsx_file(table, rows, RFC_4180))))

    sheets = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert sheets == [["number", 0, 1], ["number", 2, 3], ["number", 4]]


@pytest.mark.parametrize("wanted", ["csv", "spreadsheet", "xlsx", "ndjson"])
async def test_an_amount_without_a_currency_and_an_empty_value_stay_as_they_are(wanted: FileFormat) -> None:
    table = Table("sums", (Column("amount", currency_in="currency"), Column("note")))

    answer = await as_file(table, rows_of({"amount": 7, "currency": None, "note": None}), wanted)

    body = await content(answer)
    if wanted == "xlsx":
        assert list(load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True))[1] == (7, None)
    elif wanted == "ndjson":
        assert body == b'{"amount":7,"currency":null,"note":null}\n{"end":{"rows":1}}\n'
    else:
        assert body.decode("utf-8-sig").splitlines()[1] in {"7,", "7;"}


async def test_a_workbook_that_cannot_be_made_is_refused_before_it_is_sent() -> None:
    async def breaking() -> AsyncGenerator[dict[str, Any]]:
        yield {"number": 1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await xlsx_file(Table("numbers", (Column("number"),)), breaking(), RFC_4180)


def test_a_line_by_itself_is_written_as_in_a_file() -> None:
    assert csv_line(["a;b", None, 3, "@x"], DUTCH) == b'"a;b";;3;\'@x\r\n'
