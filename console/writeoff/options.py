"""Options that several commands of `openitems writeoff` take."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.sentences import Sentence
from console.days import parse_day
from console.output import say
from console.session import Json, Session

SERVICE = "writeoff"
SUFFIXES = {".csv": "csv", ".xlsx": "xlsx"}

Confirm = Annotated[
    str | None, typer.Option("--confirm", help="The fingerprint that the preview told; without it nothing changes.")
]
Note = Annotated[str, typer.Option("--note", help="Kept with the booking.")]
From = Annotated[date | None, typer.Option("--from", parser=parse_day, metavar="DAY", help="From this day.")]
Until = Annotated[date | None, typer.Option("--until", parser=parse_day, metavar="DAY", help="Until this day.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write a file instead: .csv or .xlsx; with --spreadsheet a CSV for people."),
]
Spreadsheet = Annotated[
    bool, typer.Option("--spreadsheet", help="CSV as spreadsheets open it in the Netherlands, Belgium and Denmark.")
]


def given(**fields: Any) -> dict[str, Any]:
    """The options as fields of a request, without those that were not given."""
    return {name: value for name, value in fields.items() if value is not None}


def save(session: Session, path: str, output: Path, *, spreadsheet: bool, **parameters: Any) -> Json:
    """Write an overview to a file; gives what --json prints of it: the file, and its format."""
    form = "spreadsheet" if spreadsheet else SUFFIXES.get(output.suffix.lower(), "csv")
    session.download(SERVICE, session.within(path), output, format=form, **parameters)
    say(Sentence("Written to {file}", file=output), session.language)
    return {"file": str(output), "format": form}
