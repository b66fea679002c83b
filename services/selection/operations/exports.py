"""Exports of sets as files; that of a fixed set is its control report, which is recorded once it is handed out."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Connection, Database
from contracts.money import exponents
from read_model.parties import get_administration
from services.selection.domain.catalogue import Field
from services.selection.domain.export_formats import (
    CONTROLLED,
    TICK,
    ExportConventions,
    chosen_fields,
    conventions_of,
    header,
)
from services.selection.domain.sentences import sentence
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.spreadsheets import Sheet, write_xlsx
from services.selection.store.control_reports import HandedOut, add_control_report
from services.selection.store.exports import Extract, copy_rows, raw_rows
from services.selection.store.layouts import get_layout
from services.selection.store.sets import StoredSet, get_set

QUEUED_CHUNKS = 8
"""Chunks of about 64 KiB that wait for a slow reader."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_FEED_WITHIN = b"\x01"
TICKED = "x"

Finished = Callable[[], Awaitable[None]]
"""Called when the last row was read, before the last bytes are handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What an export should be: a format by name, and fields by name, or those of a layout; without both the usual."""

    form: str
    fields: Sequence[str] = ()
    layout: str | None = None
    tick: bool = False
    footer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is exported of a set, and how; `tick` adds a column in which members can be unticked.

    `sentence` says the criteria, with `footer` at the end of a CSV file too; a workbook has `facts` on their own sheet.
    """

    source: StoredSet
    fields: tuple[Field, ...]
    form: ExportConventions
    today: date
    base_currency: str
    tick: bool = False
    sentence: str | None = None
    footer: bool = False
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def is_control_report(self) -> bool:
        """Whether it shows what a fixed set froze: which members, and their amounts."""
        shown = {field.name for field in self.fields}
        return self.source.fixed and shown >= CONTROLLED[self.source.set_type]


async def plan_export(connection: Connection, scope: WorkScope, set_id: UUID, order: ExportOrder) -> Export:
    """What is to be exported; Refused for a format or field that there is not, NotFound for such a set or layout."""
    form = conventions_of(order.form)
    source = await get_set(connection, scope.administration, set_id)
    names = order.fields
    if order.layout is not None:
        names = (await get_layout(connection, scope.administration, order.layout))["fields"]
    configuration = await get_administration(connection, scope.administration)
    said = sentence(source.tree, source.asked_of, form.language or "en") if source.tree is not None else None
    return Export(
        source=source,
        fields=chosen_fields(names, source.set_type),
        form=form,
        today=scope.today,
        base_currency=configuration.base_currency,
        tick=order.tick,
        sentence=said,
        footer=order.footer,
        facts=(
            ("criteria", said or ""),
            ("set", source.name or str(source.set_id)),
            ("fingerprint", source.fingerprint or ""),
            ("employee", scope.employee),
            ("exported", scope.now.isoformat(timespec="seconds")),
        ),
    )


def recorded_by(database: Database, scope: WorkScope, export: Export) -> Finished:
    """What is done at the end of an export: a control report is remembered as handed out."""

    async def finished() -> None:
        if export.is_control_report:
            async with database.transaction() as connection:
                await record_report(connection, scope, export)

    return finished


async def record_report(connection: Connection, scope: WorkScope, export: Export) -> None:
    """Remember that exactly this fixed set was handed out."""
    fields = [field.name for field in export.fields]
    handed = HandedOut(form=export.form.name, fields=fields, sentence=export.sentence)
    await add_control_report(connection, scope, export.source, handed)


def header_line(export: Export) -> list[str]:
    """What stands above the columns."""
    names = [header(field, export.form) for field in export.fields]
    return [*names, TICK[export.form.language or "en"]] if export.tick else names


def exponents_of(export: Export) -> Mapping[str, int]:
    """Decimals per currency of the set; the empty name is the administration's own currency."""
    known = exponents()
    return {code: known[code] for code in export.source.totals} | {"": known[export.base_currency]}


def _extract(export: Export) -> Extract:
    return Extract(
        source=export.source,
        fields=export.fields,
        form=export.form,
        today=export.today,
        digits=exponents_of(export),
        tick=TICKED if export.tick else None,
    )


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
    return write_xlsx(sheet, raw_rows(database, _extract(export)))


def with_carriage_returns(chunk: bytes) -> bytes:
    """Lines end in CRLF (RFC 4180); a line feed within a text, which came as LINE_FEED_WITHIN, stays what it was."""
    return chunk.replace(b"\n", b"\r\n").replace(LINE_FEED_WITHIN, b"\n")


def _line(cells: Sequence[str], form: ExportConventions) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=form.delimiter, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


async def _copy(database: Database, export: Export, chunks: asyncio.Queue[bytes | None]) -> None:
    """Fill the queue with the file as PostgreSQL writes it; None ends it, also where PostgreSQL fails."""

    async def pass_on(data: bytes) -> None:
        await chunks.put(bytes(data))

    try:
        await copy_rows(database, _extract(export), pass_on)
    except Exception:
        await chunks.put(None)
        raise
    await chunks.put(None)
