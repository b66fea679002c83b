"""Control reports and other exports of sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from console.output import JsonOption, say, show, show_rows
from console.session import session_of

SERVICE = "selection"
REPORT_COLUMNS = ("report_id", "format", "members", "employee", "exported_at", "fingerprint")
FORMATS = {"nl": "csv-nl", "nl-BE": "csv-nl-BE", "da": "csv-da", "en": "csv-en"}


def export(
    context: typer.Context,
    set_id: UUID,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv (RFC 4180), csv-nl, csv-nl-BE, csv-da, csv-en, xlsx-nl, xlsx-da, xlsx-en."),
    ] = None,
    fields: Annotated[str | None, typer.Option(help="Columns by name, with commas; see `fields`.")] = None,
    layout: Annotated[str | None, typer.Option(help="A saved choice of columns.")] = None,
    *,
    tick: Annotated[bool, typer.Option("--tick", help="Add a column in which members can be unticked.")] = False,
    footer: Annotated[bool, typer.Option("--footer", help="End with the criteria as a sentence.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Write a set to a file. That of a fixed set is its control report, without which nothing is written off."""
    session = session_of(context)
    wanted = form or FORMATS.get(session.language, "csv-en")
    headers = session.download(
        SERVICE,
        session.within(f"sets/{set_id}/export"),
        output,
        format=wanted,
        fields=fields,
        layout=layout,
        tick="true" if tick else None,
        footer="true" if footer else None,
    )
    members = int(headers["x-members"])
    say(f"{members} rows in {output}")
    written = {"file": str(output), "format": wanted, "members": members, "fingerprint": headers["x-fingerprint"]}
    show(written, json_output=json_output, language=session.language)


def control_reports(context: typer.Context, set_id: UUID, *, json_output: JsonOption = False) -> None:
    """The control reports of a set that were handed out."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"sets/{set_id}/control-reports"))
    show_rows(rows, REPORT_COLUMNS, json_output=json_output, language=session.language)
