"""Exports of sets: PostgreSQL writes the values, and they are passed on as they come, whatever the set's size."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from chassis.database import Connection, Database
from chassis.queries import load_queries
from contracts.money import exponents
from services.selection.domain.catalogue import Field
from services.selection.domain.export_formats import (
    FREE_TEXTS,
    TICK,
    ExportFormat,
    flags,
    header,
    raw_column,
    text_column,
    with_columns,
    words,
)
from services.selection.operations.spreadsheets import Sheet, write_xlsx
from services.selection.store.sets import QUERIES, StoredSet

QUEUED_CHUNKS = 8
"""Chunks of about 64 KiB that wait for a slow reader."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_FEED_WITHIN = b"\x01"
TICKED = "x"
COPY_SECONDS = 86_400.0
BATCH_ROWS = 2_000
MANY_MEMBERS = 200_000
"""From how many members on a set is read in one pass over all items, instead of looking each member up."""
HASHING_MEMORY = "32MB"
"""What PostgreSQL may take for one step of that, before it goes through files."""

Finished = Callable[[], Awaitable[None]]
"""Called when the last row was read, before the last bytes are handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is exported of a set, and how; `tick` adds a column in which members can be unticked.

    `sentence` says the criteria, with `footer` at the end of a CSV file too; a workbook has `facts` on their own sheet.
    """

    source: StoredSet
    fields: tuple[Field, ...]
    form: ExportFormat
    today: date
    base_currency: str
    tick: bool = False
    sentence: str | None = None
    footer: bool = False
    facts: tuple[tuple[str, str], ...] = ()


def header_line(export: Export) -> list[str]:
    """What stands above the columns."""
    names = [header(field, export.form) for field in export.fields]
    return [*names, TICK[export.form.language or "en"]] if export.tick else names


def exponents_of(export: Export) -> dict[str, int]:
    """Decimals per currency of the set; the empty name is the administration's own currency."""
    known = exponents()
    return {code: known[code] for code in export.source.totals} | {"": known[export.base_currency]}


async def write_export(database: Database, export: Export, finished: Finished) -> AsyncGenerator[bytes]:
    """The file in chunks; `finished` is awaited before the last one, so that only a whole file counts as handed out."""
    chunks = _write_csv(database, export) if export.form.is_csv else _write_workbook(database, export)
    held: bytes | None = None
    try:
        async for chunk in chunks:
            if held is not None:
                yield held
            held = chunk
        await finished()
        if held is not None:
            yield held
    finally:
        await chunks.aclose()


async def _write_csv(database: Database, export: Export) -> AsyncGenerator[bytes]:
    """CRLF lines, quoted as RFC 4180 wants it; raises what PostgreSQL raises."""
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUED_CHUNKS)
    copying = asyncio.create_task(_copy(database, export, chunks))
    try:
        yield (BYTE_ORDER_MARK if export.form.for_spreadsheets else b"") + _line(header_line(export), export.form)
        while (chunk := await chunks.get()) is not None:
            yield with_carriage_returns(chunk)
        await copying
        if export.footer and export.sentence:
            blank = [""] * (len(header_line(export)) - 1)
            yield _line(["", *blank], export.form) + _line([export.sentence, *blank], export.form)
    finally:
        copying.cancel()
        await asyncio.gather(copying, return_exceptions=True)


def _write_workbook(database: Database, export: Export) -> AsyncGenerator[bytes]:
    assert export.form.language is not None, "a workbook is for people"
    sheet = Sheet(
        language=export.form.language,
        fields=export.fields,
        headings=header_line(export),
        currency_at=len(export.fields),
        base_currency=export.base_currency,
        facts=export.facts,
        ticked=TICKED if export.tick else None,
    )
    return write_xlsx(sheet, _raw_batches(database, export))


async def _raw_batches(database: Database, export: Export) -> AsyncIterator[Sequence[asyncpg.Record]]:
    source = export.source
    columns = [raw_column(field, source.set_type) for field in export.fields]
    statement = with_columns(load_queries(QUERIES)[f"export_raw_{source.set_type}"], [*columns, "member.currency"])
    async with database.snapshot() as connection:
        await _prepare(connection, export)
        cursor = await connection.cursor(statement, source.administration, source.set_id, export.today)
        while rows := await cursor.fetch(BATCH_ROWS):
            yield rows


def with_carriage_returns(chunk: bytes) -> bytes:
    """Lines end in CRLF (RFC 4180); a line feed within a text, which came as LINE_FEED_WITHIN, stays what it was."""
    return chunk.replace(b"\n", b"\r\n").replace(LINE_FEED_WITHIN, b"\n")


def _line(cells: Sequence[str], form: ExportFormat) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=form.delimiter, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


async def _copy(database: Database, export: Export, chunks: asyncio.Queue[bytes | None]) -> None:
    async def pass_on(data: bytes) -> None:
        await chunks.put(bytes(data))

    try:
        async with database.snapshot() as connection:
            await _prepare(connection, export)
            await _copy_rows(connection, export, pass_on)
    except Exception:
        await chunks.put(None)
        raise
    await chunks.put(None)


async def _prepare(connection: Connection, export: Export) -> None:
    """Settings of this transaction alone."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.take_all_the_time)
    await connection.execute(queries.write_dates_as, export.form.date_style)
    if export.source.members >= MANY_MEMBERS:
        await connection.execute(queries.join_by_hashing, HASHING_MEMORY)


async def _copy_rows(
    connection: Connection, export: Export, output: Callable[[bytes], Coroutine[Any, Any, None]]
) -> None:
    form, source = export.form, export.source
    digits = exponents_of(export)
    columns = [text_column(field, source.set_type, form, digits) for field in export.fields]
    if export.tick:
        columns.append(f"'{TICKED}'")
    yes, no = flags(form)
    quoted = [f"c{number}" for number, field in enumerate(export.fields) if field.name in FREE_TEXTS]
    await connection.copy_from_query(
        with_columns(load_queries(QUERIES)[f"export_{source.set_type}"], columns),
        source.administration,
        source.set_id,
        export.today,
        json.dumps(digits),
        json.dumps(words(form)),
        form.decimal_mark,
        yes,
        no,
        output=output,
        format="csv",
        delimiter=form.delimiter,
        force_quote=quoted or None,
        timeout=COPY_SECONDS,
    )
