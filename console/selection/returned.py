"""A control report that comes back, and layouts of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from chassis.sentences import Sentence
from console.exits import USAGE, CommandFailed
from console.next_command import typed_again
from console.output import JsonOption, say, show, show_rows
from console.selection.sets import show_made
from console.session import session_of

SERVICE = "selection"
LAYOUT_COLUMNS = ("name", "fields", "employee", "saved_at")


def read_report(
    context: typer.Context,
    set_id: UUID,
    file: Path,
    fingerprint: Annotated[str | None, typer.Option(help="That of the difference, to make the next fixed set.")] = None,
    name: Annotated[str | None, typer.Option(help="The name of the next fixed set.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Read a report that came back with rows removed or unticked; with a fingerprint, make the next fixed set."""
    session = session_of(context)
    if bool(fingerprint) != bool(name):
        raise CommandFailed("Give --fingerprint and --name together: what was shown, and what to call it.", USAGE)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandFailed("{file} cannot be read: {error.strerror}", USAGE, file=file, error=error) from error
    path = session.within(f"sets/{set_id}/returned-reports")
    media_type = "application/octet-stream"
    shown = session.upload(SERVICE, path, content, media_type, fingerprint=fingerprint, name=name)
    if not fingerprint:
        again = typed_again(context, "--fingerprint", shown["fingerprint"], "--name", "…")
        say(Sentence("To make the next fixed set: {command}", command=again), session.language)
    if shown["set"] and not json_output:
        show_made(shown["set"], session.language, json_output=False)
        return
    show(shown, json_output=json_output, language=session.language)


def save_layout(
    context: typer.Context,
    name: str,
    fields: Annotated[str, typer.Option(help="Columns by name, with commas; see `fields`.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """Keep a choice of export columns under a name."""
    session = session_of(context)
    body = {"fields": [field.strip() for field in fields.split(",") if field.strip()]}
    saved = session.put(SERVICE, session.within(f"layouts/{name}"), body)
    show(saved, json_output=json_output, language=session.language)


def layouts(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Choices of export columns."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("layouts"))
    show_rows(rows, LAYOUT_COLUMNS, json_output=json_output, language=session.language)


def delete_layout(context: typer.Context, name: str, *, json_output: JsonOption = False) -> None:
    """Forget a choice of export columns."""
    session = session_of(context)
    gone = session.delete(SERVICE, session.within(f"layouts/{name}"))
    show(gone, json_output=json_output, language=session.language)
