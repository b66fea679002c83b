"""Exports of any size: rows are sent as they are read, and an export that breaks off is never taken for a whole one.

HTTP has sent its status before the last row is read, so a late failure shows in this way:

- before the first row: an ordinary problem;
- NDJSON: the last line is `{"end": {"rows": n}}`, or `{"error": {"code": …, "detail": …, "trace_id": …}}`; a file
  whose last line is neither is incomplete;
- CSV, which has no place for such a line: the connection is cut before the final chunk, so that every HTTP client
  reports an incomplete answer.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from fastapi.encoders import jsonable_encoder
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.http.kept_sentences import told
from chassis.sentences import Sentence
from chassis.telemetry import current_trace_id

CHUNK_BYTES = 64 * 1024
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-\d+(?:[.,]\d+)?", re.ASCII)
"""A negative number begins as a formula could, and is none: it stays a number."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CsvProfile:
    """How a CSV file is written; values come as text already, numbers in the reader's own notation."""

    delimiter: str
    byte_order_mark: bool
    guard_formulas: bool
    """Whether text that a spreadsheet would take for a formula gets an apostrophe before it."""


RFC_4180 = CsvProfile(delimiter=",", byte_order_mark=False, guard_formulas=False)
"""For machines (RFC 4180)."""
SPREADSHEET = CsvProfile(delimiter=";", byte_order_mark=True, guard_formulas=True)
"""For spreadsheets as they are set up in the Netherlands, Belgium and Denmark."""


async def stream_csv(
    columns: Sequence[str],
    rows: AsyncGenerator[Sequence[str | int | None]],
    *,
    filename: str,
    profile: CsvProfile = RFC_4180,
) -> StreamingResponse:
    """A CSV download with a header line; an error while the first row is read is raised here."""
    lines = _csv_lines(columns, await _started(rows), profile)
    return _Download(rows, lines, "text/csv; charset=utf-8; header=present", filename)


async def stream_ndjson(rows: AsyncGenerator[Any], *, filename: str) -> StreamingResponse:
    """An NDJSON download, one row a line and the closing line; an error while the first row is read is raised here."""
    return _Download(rows, _ndjson_lines(await _started(rows)), "application/x-ndjson", filename)


class _Download(StreamingResponse):
    """Lines made of rows; however it ends, the rows' generator is closed, and with it what it holds open."""

    def __init__(self, rows: AsyncGenerator[Any], lines: AsyncIterator[bytes], media_type: str, filename: str) -> None:
        self._rows = rows
        disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        super().__init__(_chunks(lines), media_type=media_type, headers={"content-disposition": disposition})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._rows.aclose()


async def _started(rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The same rows, the first of them read already."""
    missing = object()
    first = await anext(rows, missing)

    async def all_rows() -> AsyncIterator[Any]:
        if first is missing:
            return
        yield first
        async for row in rows:
            yield row

    return all_rows()


async def _chunks(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    chunk = bytearray()
    async for line in lines:
        chunk += line
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


async def _csv_lines(
    columns: Sequence[str], rows: AsyncIterator[Sequence[str | int | None]], profile: CsvProfile
) -> AsyncIterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=profile.delimiter, lineterminator="\r\n")

    def line(cells: Iterable[str | int | None]) -> bytes:
        writer.writerow([_guarded(cell) if profile.guard_formulas else cell for cell in cells])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode()

    yield (b"\xef\xbb\xbf" if profile.byte_order_mark else b"") + line(columns)
    async for row in rows:
        yield line(row)


def _guarded(cell: str | int | None) -> str | int | None:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


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
