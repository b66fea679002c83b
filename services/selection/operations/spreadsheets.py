"""XLSX files: written row by row into a temporary file, and read back; texts stay texts, never formulas."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from openpyxl import load_workbook

from chassis.sentences import Sentence
from contracts.money import exponents
from services.selection.domain.catalogue import Field, FieldType, Language
from services.selection.domain.returned import unreadable
from services.selection.domain.sentences import code_word, flag_word

CHUNK_BYTES = 64 * 1024
MAX_SHEET_ROWS = 1_048_575
"""Rows of one sheet under its heading, a limit of the format; further rows go on the next sheet."""
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_TEXT = 32_767
MIN_WIDTH = 10
MAX_WIDTH = 40

RowBatch = Sequence[Any]
"""Rows, each with its values by position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a workbook holds: rows of raw values, each one's currency at `currency_at`, and facts on a sheet behind.

    `ticked` fills a last column that the rows do not have.
    """

    language: Language
    fields: Sequence[Field]
    headings: Sequence[str]
    currency_at: int | None
    base_currency: str
    facts: Sequence[tuple[str, str]] = ()
    ticked: str | None = None


async def write_xlsx(sheet: Sheet, batches: AsyncIterator[RowBatch]) -> AsyncGenerator[bytes]:
    """The XLSX file in chunks. It is made in a temporary folder first; memory does not grow with its rows."""
    with TemporaryDirectory(prefix="openitems-") as folder:
        path = Path(folder) / "export.xlsx"
        book = _Book(path, folder, sheet)
        async for batch in batches:
            await asyncio.to_thread(book.write, batch)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


class _Book:
    """The workbook while it is written."""

    def __init__(self, path: Path, folder: str, sheet: Sheet) -> None:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = sheet
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd" if sheet.language == "en" else "dd-mm-yyyy"})
        self._money = {
            digits: self._book.add_format({"num_format": "#,##0" + ("." + "0" * digits if digits else "")})
            for digits in set(exponents().values())
        }
        self._writers = [self._writer(field) for field in sheet.fields]
        self._row = MAX_SHEET_ROWS
        self._page: Any = None

    def write(self, batch: RowBatch) -> None:
        """Add rows to the sheet, and begin another where one is full."""
        for values in batch:
            if self._row >= MAX_SHEET_ROWS:
                self._begin_page()
            self._row += 1
            currency = values[self._sheet.currency_at] if self._sheet.currency_at is not None else ""
            for column, (value, write) in enumerate(zip(values, self._writers, strict=False)):
                if value is not None:
                    write(column, value, currency)
            if self._sheet.ticked:
                self._page.write_string(self._row, len(self._writers), self._sheet.ticked)

    def close(self) -> None:
        """Finish the file; an empty one has its heading."""
        if self._page is None:
            self._begin_page()
        if self._sheet.facts:
            page = self._book.add_worksheet("Info")
            for row, (name, text) in enumerate(self._sheet.facts):
                page.write_string(row, 0, name, self._bold)
                page.write_string(row, 1, text[:MAX_TEXT])
        self._book.close()

    def _begin_page(self) -> None:
        self._page = self._book.add_worksheet()
        for column, heading in enumerate(self._sheet.headings):
            self._page.set_column(column, column, min(max(len(heading) + 2, MIN_WIDTH), MAX_WIDTH))
            self._page.write_string(0, column, heading, self._bold)
        self._page.freeze_panes(1, 0)
        self._row = 0

    def _writer(self, field: Field) -> Callable[[int, Any, str], None]:
        kind = field.type
        if kind is FieldType.AMOUNT:
            own = self._sheet.base_currency if field.name == "base_amount" else None
            return lambda column, value, currency: self._write_money(column, value, own or currency)
        if kind is FieldType.DATE:
            return lambda column, value, _: self._page.write_datetime(self._row, column, value, self._date)
        if kind in {FieldType.COUNT, FieldType.AGE}:
            return lambda column, value, _: self._page.write_number(self._row, column, value)
        return lambda column, value, _: self._page.write_string(self._row, column, self._text(field, value))

    def _write_money(self, column: int, value: int, currency: str) -> None:
        digits = exponents()[currency]
        self._page.write_number(self._row, column, value / 10**digits, self._money[digits])

    def _text(self, field: Field, value: Any) -> str:
        if isinstance(value, bool):
            return flag_word(self._sheet.language, value=value)
        text = code_word(field, value, self._sheet.language) if field.type is FieldType.CODE else str(value)
        return text[:MAX_TEXT]


def xlsx_rows(content: bytes) -> Iterator[Sequence[str]]:
    """Rows of a workbook's first sheet as texts; Refused when it is no XLSX file, or unpacks to an absurd size."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise unreadable(Sentence("The file unpacks to more than a gibibyte."))
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise unreadable(Sentence("The file is no XLSX workbook.")) from error
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield tuple(_as_text(value) for value in row)


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case date():
            return value.isoformat()
        case _:
            return str(value)
