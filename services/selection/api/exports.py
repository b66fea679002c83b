"""Routes: exports of sets. The export of a fixed set is its control report, and is recorded as such."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.database import Connection
from chassis.errors import Refused
from chassis.http import Administration, AnyActor, Page, View, shown_as
from chassis.identity import Role
from chassis.queries import load_queries
from chassis.service import Runtime
from read_model.parties import get_administration
from services.selection.api.layouts import layout_fields
from services.selection.api.views import scope_of
from services.selection.domain.catalogue import SetType
from services.selection.domain.export_formats import CONTROLLED, FORMATS, ExportFormat, chosen_fields
from services.selection.domain.sentences import sentence
from services.selection.operations.exports import Export, Finished, write_export
from services.selection.store.sets import QUERIES, StoredSet, get_set, new_id
from services.selection.store.sets import Scope as Changing

MAX_REPORTS = 1_000
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportView(View):
    """A control report that was handed out."""

    report_id: UUID
    fingerprint: str
    format: str
    fields: tuple[str, ...]
    members: int
    employee: str
    exported_at: datetime
    criteria: str | None = Field(description="The sentence that its footer has, in its language")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the export should be."""

    format: Annotated[str, Query(description=f"One of {', '.join(FORMATS)}")] = "csv"
    fields: Annotated[str, Query(max_length=4_000, description="Columns by name, with commas, in their order")] = ""
    layout: Annotated[str | None, Query(max_length=200, description="A saved choice of columns")] = None
    tick: Annotated[bool, Query(description="Add a column in which members can be unticked")] = False
    footer: Annotated[bool, Query(description="End with the criteria as a sentence")] = False


async def _again(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


class _Download(StreamingResponse):
    """A file whose first chunk is there already, so that an early error is a problem and no broken download.

    A workbook has none before it is whole, which may take longer than an answer may take to begin.
    The generator is closed however the download ends.
    """

    def __init__(self, chunks: AsyncGenerator[bytes], first: bytes, export: Export, filename: str) -> None:
        self._opened = chunks
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            "x-members": str(export.source.members),
            "x-fingerprint": export.source.fingerprint or "",
            "x-control-report": "true" if is_control_report(export) else "false",
        }
        super().__init__(_again(first, chunks), media_type=CSV if export.form.is_csv else XLSX, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._opened.aclose()


def form_of(name: str) -> ExportFormat:
    """The format of that name; Refused lists them when there is none."""
    if name not in FORMATS:
        raise Refused(
            "unknown-format",
            "There is no format {name!r}.",
            name=name,
            formats=", ".join(FORMATS),
            field="format",
            remedy="Choose one of {formats}.",
        )
    return FORMATS[name]


async def _export_of(connection: Connection, scope: Changing, set_id: UUID, wanted: Wanted) -> Export:
    form = form_of(wanted.format)
    source = await get_set(connection, scope.administration, set_id)
    names = [name.strip() for name in wanted.fields.split(",") if name.strip()]
    if wanted.layout is not None:
        names = await layout_fields(connection, scope.administration, wanted.layout)
    configuration = await get_administration(connection, scope.administration)
    said = _sentence(source, form)
    return Export(
        source=source,
        fields=chosen_fields(names, source.set_type),
        form=form,
        today=scope.today,
        base_currency=configuration.base_currency,
        tick=wanted.tick,
        sentence=said,
        footer=wanted.footer,
        facts=(
            ("criteria", said or ""),
            ("set", source.name or str(source.set_id)),
            ("fingerprint", source.fingerprint or ""),
            ("employee", scope.employee),
            ("exported", scope.now.isoformat(timespec="seconds")),
        ),
    )


def _sentence(source: StoredSet, form: ExportFormat) -> str | None:
    asked_of: SetType = "items" if source.origin == "parties-of" else source.set_type
    return sentence(source.tree, asked_of, form.language or "en") if source.tree is not None else None


async def record_report(connection: Connection, scope: Changing, export: Export) -> None:
    """Remember that exactly this fixed set was handed out."""
    await connection.execute(
        load_queries(QUERIES).add_control_report,
        scope.administration,
        export.source.set_id,
        await new_id(connection),
        export.source.fingerprint,
        export.form.name,
        [field.name for field in export.fields],
        export.source.members,
        scope.employee,
        scope.now,
        export.sentence,
    )


def is_control_report(export: Export) -> bool:
    """Whether it shows what a fixed set froze: which members, and their amounts."""
    shown = {field.name for field in export.fields}
    return export.source.fixed and shown >= CONTROLLED[export.source.set_type]


def _recording(runtime: Runtime, scope: Changing, export: Export) -> Finished:
    async def finished() -> None:
        if is_control_report(export):
            async with runtime.database.transaction() as connection:
                await record_report(connection, scope, export)

    return finished


def add_export_routes(router: APIRouter, runtime: Runtime) -> None:
    """Exports and the record of control reports."""

    @router.get("/sets/{set_id}/export")
    async def export_set(
        administration: Administration, set_id: UUID, actor: AnyActor, wanted: Annotated[Wanted, Depends(Wanted)]
    ) -> StreamingResponse:
        """A set as a file. That of a fixed set with items and amounts is its control report: recorded at its end."""
        actor.demand_role(Role.CLERK, Role.APPROVER, Role.AUDITOR)
        scope = scope_of(actor, administration)
        async with runtime.database.snapshot() as connection:
            export = await _export_of(connection, scope, set_id, wanted)
        chunks = write_export(runtime.database, export, _recording(runtime, scope, export))
        filename = f"{export.source.name or export.source.set_id}.{'csv' if export.form.is_csv else 'xlsx'}"
        first = await anext(chunks) if export.form.is_csv else b""
        return _Download(chunks, first, export, filename)

    @router.get("/sets/{set_id}/control-reports")
    async def list_reports(administration: Administration, set_id: UUID) -> Page[ReportView]:
        """The control reports of a set that were handed out, newest first; at most the last thousand."""
        async with runtime.database.snapshot() as connection:
            await get_set(connection, administration, set_id)
            rows = await connection.fetch(
                load_queries(QUERIES).list_control_reports, administration, set_id, MAX_REPORTS
            )
        return Page(items=tuple(map(shown_as(ReportView), rows)), next=None)
