"""Letters to be looked at, and reminders by e-mail."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.ids import ReminderRunId
from console.output import JsonOption, show, show_rows
from console.session import session_of

EMAIL_COLUMNS = ("party_id", "recipient", "state", "attempts", "reply", "sent_at", "bounced_at", "reminder_id")

File = Annotated[Path, typer.Argument(help="Where to put the PDF.")]
Level = Annotated[int, typer.Option("--level", min=1, max=9, help="The reminder level.")]


class State(StrEnum):
    """What became of a message."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given-up"
    BOUNCED = "bounced"


def preview(
    context: typer.Context, run_id: ReminderRunId, party_id: str, file: File, *, json_output: JsonOption = False
) -> None:
    """Print the letter that a debtor would get from a run, marked as a preview; nothing is sent."""
    session = session_of(context)
    session.download("reminders", session.within(f"runs/{run_id}/parties/{party_id}/preview"), file)
    show({"party_id": party_id, "file": str(file)}, json_output=json_output, language=session.language)


def sample(
    context: typer.Context,
    file: File,
    letter_language: Annotated[
        str, typer.Option("--letter-language", help="Such as nl-BE; a wrong one tells which there are.")
    ] = "nl",
    level: Level = 1,
    layout: Annotated[str, typer.Option("--layout", help="A layout of the house style.")] = "standard",
    *,
    json_output: JsonOption = False,
) -> None:
    """Print a letter with made-up items, to see texts, logo and window."""
    session = session_of(context)
    wanted = {"language": letter_language, "level": level, "layout": layout}
    session.download("reminders", session.within("test-letter"), file, **wanted)
    show({"file": str(file)}, json_output=json_output, language=session.language)


def emails(
    context: typer.Context,
    state: Annotated[State | None, typer.Option("--state", help="Only these.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Show reminders by e-mail and what became of each."""
    session = session_of(context)
    rows = session.pages("reminders", session.within("emails"), state=str(state) if state else None)
    show_rows(rows, EMAIL_COLUMNS, json_output=json_output, language=session.language)


def bounce(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The notification as it came, with its headers.", exists=True)],
    *,
    json_output: JsonOption = False,
) -> None:
    """Record that a message came back."""
    session = session_of(context)
    answer = session.upload("reminders", session.within("bounces"), file.read_bytes(), "message/rfc822")
    show(answer, json_output=json_output, language=session.language)
