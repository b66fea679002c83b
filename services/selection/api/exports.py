"""Exports of sets. The export of a fixed set is its control report, and is recorded as such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from chassis.http import Administration, Page, Reader, View, shown_as
from chassis.http.files import Download, started
from chassis.service import Runtime
from services.selection.api.views import scope_of
from services.selection.domain.export_formats import FORMATS
from services.selection.operations.exports import ExportOrder, plan_export, recorded_by, write_export
from services.selection.store.control_reports import list_control_reports
from services.selection.store.sets import get_set

MAX_REPORTS = 1_000


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
class ExportWanted:
    """What the export should be."""

    format: Annotated[str, Query(json_schema_extra={"enum": list(FORMATS)})] = "csv"
    fields: Annotated[str, Query(max_length=4_000, description="Columns by name, with commas, in their order")] = ""
    layout: Annotated[str | None, Query(max_length=200, description="A saved choice of columns")] = None
    tick: Annotated[bool, Query(description="Add a column in which members can be unticked")] = False
    footer: Annotated[bool, Query(description="End with the criteria as a sentence")] = False

    @property
    def order(self) -> ExportOrder:
        """The export that the parameters ask for, as the operation takes it."""
        names = tuple(name.strip() for name in self.fields.split(",") if name.strip())
        return ExportOrder(form=self.format, fields=names, layout=self.layout, tick=self.tick, footer=self.footer)


def export_router(runtime: Runtime) -> APIRouter:
    """Routes of exports, and of the record of control reports."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["exports"])

    @router.get("/sets/{set_id}/export")
    async def export_set(
        administration: Administration,
        set_id: UUID,
        actor: Reader,
        wanted: Annotated[ExportWanted, Depends(ExportWanted)],
    ) -> StreamingResponse:
        """A set as a file. That of a fixed set with items and amounts is its control report: recorded at its end."""
        scope = await scope_of(runtime, actor, administration)
        async with runtime.database.snapshot() as connection:
            export = await plan_export(connection, scope, set_id, wanted.order)
        chunks = write_export(runtime.database, export, recorded_by(runtime.database, scope, export))
        headers = {
            "x-members": str(export.source.members),
            "x-fingerprint": export.source.fingerprint or "",
            "x-control-report": "true" if export.is_control_report else "false",
        }
        # An early error of a CSV is a problem and no broken download. A workbook has no chunk before it is whole,
        # which may take longer than an answer may take to begin.
        first = await started(chunks) if export.form.is_csv else chunks
        filename = f"{export.source.name or export.source.set_id}.{export.form.suffix}"
        return Download(first, filename, made_of=chunks, headers=headers)

    @router.get("/sets/{set_id}/control-reports")
    async def list_reports(administration: Administration, set_id: UUID) -> Page[ReportView]:
        """The control reports of a set that were handed out, newest first; at most the last thousand."""
        async with runtime.database.snapshot() as connection:
            await get_set(connection, administration, set_id)
            rows = await list_control_reports(connection, administration, set_id, MAX_REPORTS)
        return Page(items=tuple(map(shown_as(ReportView), rows)), next=None)

    return router
