"""Files of rows: CSV, XLSX and NDJSON of any size, in the conventions of the programs or people who open them.

A service declares a `Table` once, with the columns in the order in which the file has them, and hands its rows over as
they are read. Rows are mappings (records of asyncpg, dictionaries) that have every column by name:

    LINES = Table(
        "lines",
        (
            Column("date"),
            Column("amount", currency_in="currency"),
            Column("status", heading="Toestand", words={"o": "openstaand"}),
        ),
    )
    return await as_file(LINES, rows, wanted)

- An amount is a column of minor units that names its currency, by `currency` (a code) or `currency_in` (the row's
  column that has the code): files show it as a decimal number.
- `words` are what codes and flags are called in the file; a value without a word stands as it is.
- `as_file` gives what callers ask by the names of `FileFormat`. Who offers more notations than these asks
  `csv_file(table, rows, DANISH)` or `xlsx_file(table, rows, DANISH)`; a service that has cells instead of
  named values `stream_csv`; one whose lines come from PostgreSQL's COPY writes its heading with `csv_heading`, and
  needs the SQL twin of `guarded`. `xlsx_chunks` is the workbook alone, for who does something before its last bytes go
  out; a `Download` hands chunks out that were made elsewhere.
- The rows' generator is closed however the download ends, and with it the transaction that it reads in. It never waits
  for the client: what is made goes to a temporary file first. Memory holds a chunk of rows.

HTTP has sent its status before the last row is read, so a late failure shows in this way:

- before the first row, and in a workbook, which is finished before its first byte is sent: an ordinary problem;
- NDJSON: the last line is `{"end": {"rows": n}}`, or `{"error": {"code": …, "detail": …, "trace_id": …}}`; a file
  whose last line is neither is incomplete;
- CSV, which has no place for such a line: the connection is cut before the final chunk, so that every HTTP client
  reports an incomplete answer.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import quote

import structlog
from fastapi.encoders import jsonable_encoder
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.http.kept_sentences import told
from chassis.http.spooling import spooled
from chassis.http.workbooks import workbook_chunks
from chassis.notations import RFC_4180, SPREADSHEET, Cell, Notation
from chassis.sentences import Sentence
from chassis.telemetry import current_trace_id
from contracts.money import to_decimal

CHUNK_BYTES = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""By the suffix of a file's name."""
T = TypeVar("T")

FileFormat = Literal["csv", "spreadsheet", "xlsx", "ndjson"]
"""`csv` is RFC 4180; `spreadsheet` is a CSV that opens as it is in the Netherlands, Belgium and Denmark."""

_log = structlog.get_logger(__name__)


class Row(Protocol):
    """Values by the names of their columns."""

    def keys(self) -> Iterable[str]:
        """The names of the row's columns, in their order."""

    def __getitem__(self, key: str, /) -> Any:
        """The value of a column."""


Rows = AsyncGenerator[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: the row's value of that name, under a heading (the name, when none is given)."""

    name: str
    heading: str = ""
    currency: str = ""
    """The values are minor units of this currency."""
    currency_in: str = ""
    """The values are minor units of the currency whose code this column of the row has; where it is null, they stay."""
    words: Mapping[Any, str] = field(default_factory=dict)

    @property
    def reader(self) -> Callable[[Row], Cell]:
        """What takes the column's cell from a row: the value itself where there is nothing to do with it."""
        return self.cell if self.currency or self.currency_in or self.words else itemgetter(self.name)

    def cell(self, row: Row) -> Cell:
        """The row's value as files have it."""
        value = row[self.name]
        if value is None:
            return None
        currency = row[self.currency_in] if self.currency_in else self.currency
        if currency:
            return to_decimal(value, currency)
        cell: Cell = self.words.get(value, value) if self.words else value
        return cell


@dataclass(frozen=True, slots=True)
class Table:
    """What a file has: its name without suffix, its columns, and facts of which a workbook tells on a sheet behind."""

    name: str
    columns: tuple[Column, ...]
    facts: Sequence[tuple[str, str]] = ()

    @property
    def headings(self) -> list[str]:
        """What stands above the columns."""
        return [column.heading or column.name for column in self.columns]

    async def cells(self, rows: AsyncIterator[Row]) -> AsyncGenerator[Sequence[Cell]]:
        """The rows' cells in the order of the columns."""
        readers = [column.reader for column in self.columns]
        async for row in rows:
            yield [read(row) for read in readers]


async def as_file(table: Table, rows: Rows, wanted: FileFormat) -> StreamingResponse:
    """The rows as a download, whole rows as NDJSON; an error while the first of them is read is raised here."""
    match wanted:
        case "csv":
            return await csv_file(table, rows, RFC_4180)
        case "spreadsheet":
            return await csv_file(table, rows, SPREADSHEET)
        case "xlsx":
            return await xlsx_file(table, rows, RFC_4180)
        case "ndjson":
            return await stream_ndjson(rows, filename=f"{table.name}.ndjson")


async def csv_file(table: Table, rows: Rows, notation: Notation) -> StreamingResponse:
    """A CSV download; an error while the first row is read is raised here."""
    lines = _csv_chunks(table.headings, table.cells(await started(rows)), notation)
    return Download(lines, f"{table.name}.csv", made_of=rows)


async def xlsx_file(table: Table, rows: Rows, notation: Notation) -> StreamingResponse:
    """A workbook as a download, with dates as the notation has them; whatever fails in making it is raised here."""
    chunks = await started(xlsx_chunks(table, rows, notation))
    return Download(chunks, f"{table.name}.xlsx", made_of=rows)


def xlsx_chunks(table: Table, rows: AsyncIterator[Row], notation: Notation) -> AsyncGenerator[bytes]:
    """The bytes of a workbook, the first of them when it is finished."""
    return workbook_chunks(table.headings, table.cells(rows), notation, table.facts)


async def stream_csv(
    headings: Sequence[str],
    rows: AsyncGenerator[Sequence[Cell]],
    *,
    filename: str,
    profile: Notation = RFC_4180,
) -> StreamingResponse:
    """Cells as a CSV download with a header line; an error while the first row is read is raised here."""
    return Download(_csv_chunks(headings, await started(rows), profile), filename, made_of=rows)


async def stream_ndjson(rows: AsyncGenerator[Any], *, filename: str) -> StreamingResponse:
    """An NDJSON download, one row a line and the closing line; an error while the first row is read is raised here.

    A row is a mapping, a model, or anything else that has a form in JSON.
    """
    lines = _chunks(_ndjson_lines(await started(rows)))
    return Download(lines, filename, made_of=rows)


def csv_heading(headings: Sequence[str], notation: Notation) -> bytes:
    """How a CSV file begins: its heading, behind a byte order mark where spreadsheets need one."""
    return (BYTE_ORDER_MARK if notation.for_people else b"") + csv_line(headings, notation)


def csv_line(cells: Sequence[Cell], notation: Notation) -> bytes:
    """One line of a CSV file, with its CRLF."""
    buffer = io.StringIO(newline="")
    _writer(buffer, notation).writerow([notation.text(cell) for cell in cells])
    return buffer.getvalue().encode()


class Download(StreamingResponse):
    """A file in chunks, made as fast as they can be; however it ends, they are closed, and what they are `made_of`.

    The name's suffix says what it is: csv, xlsx or ndjson.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        filename: str,
        *,
        made_of: AsyncGenerator[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._chunks, self._made_of = spooled(chunks), made_of
        disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        super().__init__(
            self._chunks,
            media_type=MEDIA_TYPES[filename.rpartition(".")[2]],
            headers={"content-disposition": disposition, **(headers or {})},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, and close what it is made of."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._chunks.aclose()
            if self._made_of is not None:
                await self._made_of.aclose()


async def started(rows: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The same rows, or chunks, the first of them read already: whatever fails in reading it is raised here."""
    first = [row] if (row := await anext(rows, None)) is not None else []

    async def all_rows() -> AsyncGenerator[T]:
        try:
            for row in first:
                yield row
            async for row in rows:
                yield row
        finally:
            await rows.aclose()

    return all_rows()


async def _chunks(lines: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    chunk = bytearray()
    async for line in lines:
        chunk += line
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


def _writer(buffer: io.StringIO, notation: Notation) -> Any:
    return csv.writer(buffer, delimiter=notation.delimiter, lineterminator="\r\n")


async def _csv_chunks(
    headings: Sequence[str], rows: AsyncIterator[Sequence[Cell]], notation: Notation
) -> AsyncGenerator[bytes]:
    buffer = io.StringIO(newline="")
    writer = _writer(buffer, notation)
    writer.writerow([notation.text(heading) for heading in headings])
    mark = BYTE_ORDER_MARK if notation.for_people else b""
    async for row in rows:
        writer.writerow([notation.text(cell) for cell in row])
        if buffer.tell() >= CHUNK_BYTES:
            yield mark + buffer.getvalue().encode()
            mark = b""
            buffer.seek(0)
            buffer.truncate()
    yield mark + buffer.getvalue().encode()


async def _ndjson_lines(rows: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    count = 0
    try:
        async for row in rows:
            yield _json_line(row)
            count += 1
    except Exception as error:  # noqa: BLE001 - the status is sent: the last line is the only place left to tell
        _log.exception("export-broke-off", rows=count)
        problem = {
            "code": getattr(error, "code", "internal-error"),
            "detail": told(Sentence("The export broke off.")),
            "trace_id": current_trace_id(),
        }
        yield _json_line({"error": problem})
    else:
        yield _json_line({"end": {"rows": count}})


def _json_line(row: Any) -> bytes:
    return json.dumps(jsonable_encoder(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
