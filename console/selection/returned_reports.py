"""A control report that comes back with rows removed or unticked, and the set that is made of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.exits import USAGE, CommandFailed
from console.ids import SetId
from console.next_command import typed_again
from console.output import JsonOption, say, show
from console.selection.sets import show_made
from console.session import session_of

SERVICE = "selection"


def read_report(
    context: typer.Context,
    set_id: SetId,
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
