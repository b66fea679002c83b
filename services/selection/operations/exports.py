"""Exports of sets as files; that of a fixed set is its control report, which is recorded once it is handed out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Connection, Database
from chassis.http.files import Column, Table, csv_heading, csv_line, xlsx_chunks
from contracts.money import exponents
from read_model.parties import get_administration
from services.selection.domain.catalogue import Field, FieldType
from services.selection.domain.export_formats import (
    CONTROLLED,
    ExportConventions,
    chosen_fields,
    conventions_of,
    header,
    tick_header,
    words_of,
)
from services.selection.domain.sentences import sentence
from services.selection.domain.work_scope import WorkScope
from services.selection.store.columns import CURRENCY, column_name
from services.selection.store.control_reports import HandedOut, add_control_report
from services.selection.store.exports import Extract, copy_rows, raw_rows
from services.selection.store.layouts import get_layout
from services.selection.store.sets import StoredSet, get_set

QUEUED_CHUNKS = 8
"""Chunks of about 64 KiB that wait for a slow reader."""
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
    return [*names, tick_header(export.form)] if export.tick else names


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
        yield csv_heading(header_line(export), export.form.notation)
        while (chunk := await chunks.get()) is not None:
            yield with_carriage_returns(chunk)
        await copying
        if export.footer and export.sentence:
            blank = [""] * (len(header_line(export)) - 1)
            notation = export.form.notation
            yield csv_line(["", *blank], notation) + csv_line([export.sentence, *blank], notation)
    finally:
        copying.cancel()
        await asyncio.gather(copying, return_exceptions=True)


async def _write_workbook(database: Database, export: Export) -> AsyncGenerator[bytes]:
    table = Table("set", _columns(export), export.facts)
    async with (
        aclosing(raw_rows(database, _extract(export))) as rows,
        aclosing(xlsx_chunks(table, rows, export.form.notation)) as chunks,
    ):
        async for chunk in chunks:
            yield chunk


def _columns(export: Export) -> tuple[Column, ...]:
    """The workbook's columns, by the names that raw rows have their values under."""
    columns = [
        Column(
            column_name(place),
            heading=header(field, export.form),
            currency=export.base_currency if field.name == "base_amount" else "",
            currency_in=CURRENCY if field.type is FieldType.AMOUNT and field.name != "base_amount" else "",
            words=words_of(field, export.form),
        )
        for place, field in enumerate(export.fields)
    ]
    ticks = [Column(column_name(len(columns)), heading=tick_header(export.form))] if export.tick else []
    return (*columns, *ticks)


def with_carriage_returns(chunk: bytes) -> bytes:
    """Lines end in CRLF (RFC 4180); a line feed within a text, which came as LINE_FEED_WITHIN, stays what it was."""
    return chunk.replace(b"\n", b"\r\n").replace(LINE_FEED_WITHIN, b"\n")


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
