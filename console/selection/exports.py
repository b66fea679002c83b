"""Control reports and other exports of sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from httpx import Headers

from chassis.sentences import Count, Sentence
from console.ids import SetId
from console.output import JsonOption, progress_bar, say, show, show_rows
from console.session import Watch, session_of

SERVICE = "selection"
REPORT_COLUMNS = ("report_id", "format", "members", "employee", "exported_at", "criteria", "fingerprint")
FORMATS = {"nl": "csv-nl", "nl-BE": "csv-nl-BE", "da": "csv-da", "en": "csv-en"}


def export(
    context: typer.Context,
    set_id: SetId,
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
    parameters = {"format": wanted, "fields": fields, "layout": layout}
    parameters |= {"tick": "true" if tick else None, "footer": "true" if footer else None}
    with progress_bar(Sentence("Exporting"), session.language) as progress:
        path = session.within(f"sets/{set_id}/export")
        headers = session.download_watched(SERVICE, path, output, _rows_watched(progress), **parameters)
    members = int(headers["x-members"])
    say(Sentence("{count} rows in {file}", count=Count(members), file=output), session.language)
    if headers["x-fingerprint"] and headers["x-control-report"] != "true":
        say(Sentence("It does not show items and open amounts, and is no control report."), session.language)
    written = {"file": str(output), "format": wanted, "members": members, "fingerprint": headers["x-fingerprint"]}
    show(written, json_output=json_output, language=session.language)


def _rows_watched(progress: Callable[[Mapping[str, Any]], None]) -> Watch:
    """Counts the lines of a CSV file as they come; a workbook comes when it is whole, and is told by its time."""
    lines = 0

    def watch(headers: Headers, chunk: bytes) -> None:
        nonlocal lines
        lines += chunk.count(b"\n")
        total = int(headers["x-members"])
        if headers["content-type"].startswith("text/csv"):
            progress({"done": min(max(lines - 1, 0), total), "total": total})

    return watch


def control_reports(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """The control reports of a set that were handed out."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"sets/{set_id}/control-reports"))
    show_rows(rows, REPORT_COLUMNS, json_output=json_output, language=session.language)
