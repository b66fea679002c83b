"""Overviews as files: CSV for machines, CSV for spreadsheets, XLSX; amounts as decimals of their currency."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal

import asyncpg
import xlsxwriter
from starlette.responses import Response, StreamingResponse

from chassis.errors import TooLarge
from chassis.http import RFC_4180, SPREADSHEET, stream_csv
from contracts.money import to_decimal

FileFormat = Literal["json", "csv", "spreadsheet", "xlsx"]
"""`csv` is RFC 4180 with decimal points, `spreadsheet` opens as it is in the Netherlands, Belgium and Denmark."""
SHEET_ROWS = 1_000_000
SENT_BYTES = 64 * 1024
XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Rows = AsyncIterator[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file has: its name without suffix, its columns, and which of them are amounts.

    `amounts` are minor units of the row's `currency`, `base_amounts` of its `base_currency`.
    """

    name: str
    columns: tuple[str, ...]
    amounts: frozenset[str]
    base_amounts: frozenset[str] = frozenset()

    def values(self, row: asyncpg.Record) -> list[Any]:
        """The cells of a row: amounts as decimals, everything else as it is."""
        return [self._value(row, column) for column in self.columns]

    def _value(self, row: asyncpg.Record, column: str) -> Any:
        value = row[column]
        if value is not None and column in self.base_amounts:
            return to_decimal(value, row["base_currency"])
        if value is None or column not in self.amounts or row["currency"] is None:
            return value
        return to_decimal(value, row["currency"])


async def as_file(table: Table, rows: Rows, file_format: FileFormat) -> Response:
    """The rows as a download; raises TooLarge when a sheet cannot hold them."""
    if file_format == "xlsx":
        return await _xlsx(table, rows)
    is_for_people = file_format == "spreadsheet"
    text = _text_for_people if is_for_people else _text_for_machines
    profile = SPREADSHEET if is_for_people else RFC_4180
    return await stream_csv(table.columns, _lines(table, rows, text), filename=f"{table.name}.csv", profile=profile)


async def _lines(
    table: Table, rows: Rows, text: Callable[[Any], str | int | None]
) -> AsyncGenerator[Sequence[str | int | None]]:
    async for row in rows:
        yield [text(value) for value in table.values(row)]


def _text_for_machines(value: Any) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _text_for_people(value: Any) -> str | int | None:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{value:%d-%m-%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    return _text_for_machines(value)


async def _xlsx(table: Table, rows: Rows) -> Response:
    """A workbook of one sheet, written row by row to a file without a name, which goes when it was sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed by the one who sends it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet(table.name[:31])
        formats = {
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "head": workbook.add_format({"bold": True}),
        }
        sheet.write_row(0, 0, table.columns, formats["head"])
        number = 0
        async for row in rows:
            number += 1
            _check_fits(number)
            _write_row(sheet, number, table.values(row), formats, workbook)
        sheet.freeze_panes(1, 0)
    file.seek(0)
    disposition = f'attachment; filename="{table.name}.xlsx"'
    return StreamingResponse(_sent(file), media_type=XLSX_MEDIA_TYPE, headers={"content-disposition": disposition})


def _check_fits(number: int) -> None:
    if number > SHEET_ROWS:
        raise TooLarge(
            "too-many-rows", "A sheet holds {limit} rows.", limit=SHEET_ROWS, remedy="Narrow the filters, or take CSV."
        )


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(SENT_BYTES):
            yield part


def _write_row(sheet: Any, number: int, values: Sequence[Any], formats: dict[str, Any], workbook: Any) -> None:
    for column, value in enumerate(values):
        match value:
            case None:
                continue
            case Decimal():
                decimals = max(0, -int(value.as_tuple().exponent))
                name = "#,##0" + ("." + "0" * decimals if decimals else "")
                style = formats.setdefault(name, workbook.add_format({"num_format": name}))
                sheet.write_number(number, column, value, style)
            case bool() | str():
                sheet.write_string(number, column, str(value))
            case int():
                sheet.write_number(number, column, value)
            case datetime():
                sheet.write_string(number, column, value.isoformat())
            case date():
                sheet.write_datetime(number, column, datetime.combine(value, datetime.min.time()), formats["date"])
            case _:
                sheet.write_string(number, column, str(value))
