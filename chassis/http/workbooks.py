"""Workbooks (XLSX): written row by row into a temporary folder; texts stay texts, never formulas or links."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from chassis.notations import RFC_4180, Cell, Notation

CHUNK_BYTES = 64 * 1024
BATCH_ROWS = 1_000
"""Rows that are written at once, in a thread: the event loop does not wait for them."""
MAX_SHEET_ROWS = 1_048_575
"""Rows of one sheet under its heading, a limit of the format; further rows go on the next sheet."""
MAX_TEXT = 32_767
"""Characters of a cell, a limit of the format; what is longer is cut."""
MIN_WIDTH = 10
MAX_WIDTH = 40
DATE_WORDS = {"%Y": "yyyy", "%m": "mm", "%d": "dd"}


async def workbook_chunks(
    headings: Sequence[str],
    rows: AsyncIterator[Sequence[Cell]],
    notation: Notation,
    facts: Sequence[tuple[str, str]] = (),
) -> AsyncGenerator[bytes]:
    """The file in chunks, the first of them when it is finished; `facts` stand on a sheet of their own behind.

    Numbers, amounts and dates are values that the reader's program shows in its own way; dates in the notation's order.
    """
    with TemporaryDirectory(prefix="openitems-") as folder:
        path = Path(folder) / "file.xlsx"
        book = _Workbook(path, headings, notation)
        try:
            async for batch in _batches(rows):
                await asyncio.to_thread(book.write, batch)
            await asyncio.to_thread(book.finish, facts)
        finally:
            book.let_go()
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


async def _batches(rows: AsyncIterator[Sequence[Cell]]) -> AsyncIterator[list[Sequence[Cell]]]:
    batch: list[Sequence[Cell]] = []
    async for row in rows:
        batch.append(row)
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    yield batch


class _Workbook:
    """The workbook while it is written."""

    def __init__(self, path: Path, headings: Sequence[str], notation: Notation) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._headings = headings
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": _date_format(notation)})
        self._amounts: dict[int, Any] = {}
        self._row = 0
        self._page = self._next_page()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows, on a further sheet when this one is full."""
        for cells in rows:
            if self._row >= MAX_SHEET_ROWS:
                self._page = self._next_page()
            self._row += 1
            for column, cell in enumerate(cells):
                self._write(column, cell)

    def finish(self, facts: Sequence[tuple[str, str]]) -> None:
        """Add the sheet of facts, if there are any, and complete the file."""
        if facts:
            page = self._book.add_worksheet("Info")
            for row, (name, text) in enumerate(facts):
                page.write_string(row, 0, name, self._bold)
                page.write_string(row, 1, text[:MAX_TEXT])
        self._book.close()

    def let_go(self) -> None:
        """Close what the rows are written to, of a book that is not finished too."""
        for page in self._book.worksheets():
            page.row_data_fh.close()

    def _next_page(self) -> Any:
        page = self._book.add_worksheet()
        for column, heading in enumerate(self._headings):
            page.set_column(column, column, min(max(len(heading) + 2, MIN_WIDTH), MAX_WIDTH))
            page.write_string(0, column, heading, self._bold)
        page.freeze_panes(1, 0)
        self._row = 0
        return page

    def _write(self, column: int, cell: Cell) -> None:
        page, row = self._page, self._row
        match cell:
            case None:
                return
            case str():
                page.write_string(row, column, cell[:MAX_TEXT])
            case Decimal():
                page.write_number(row, column, cell, self._amount(cell))
            case int() if not isinstance(cell, bool):
                page.write_number(row, column, cell)
            case date() if not isinstance(cell, datetime):
                page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self._date)  # noqa: DTZ001 - a day has no zone
            case _:
                page.write_string(row, column, str(RFC_4180.text(cell))[:MAX_TEXT])

    def _amount(self, cell: Decimal) -> Any:
        """The format with as many decimals as the amount has."""
        digits = max(0, -int(cell.as_tuple().exponent))
        if digits not in self._amounts:
            places = "." + "0" * digits if digits else ""
            self._amounts[digits] = self._book.add_format({"num_format": f"#,##0{places}"})
        return self._amounts[digits]


def _date_format(notation: Notation) -> str:
    """The notation's order of a date in the words of workbooks."""
    pattern = notation.date_pattern
    for ours, theirs in DATE_WORDS.items():
        pattern = pattern.replace(ours, theirs)
    return pattern
