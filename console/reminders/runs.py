"""Runs: looked at, corrected, issued, undone; and the letters that they made."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.exits import USAGE, CommandFailed
from console.ids import ReminderRunId
from console.next_command import typed_again
from console.output import JsonOption, progress_bar, say, show, show_rows
from console.reminders.dry_run import foresee
from console.reminders.run_summary import run_figures, with_money
from console.session import Json, Session, session_of

RUN_COLUMNS = (
    *("run_id", "state", "generation_date", "listed_items", "reminders", "issued_items", "dropped_items"),
    *("left_out_by_clerk", "employee", "created_at"),
)
ITEM_COLUMNS = ("party_id", "item_id", "voucher", "due_on", "open_amount", "level", "outcome", "left_out_note")
LETTER_COLUMNS = ("party_id", "number", "level", "channel", "language", "totals", "document_id")


class Side(StrEnum):
    """Which of a run's items are shown."""

    ALL = "all"
    INCLUDED = "included"
    LEFT_OUT = "left-out"
    REMINDED = "reminded"
    DROPPED = "dropped"


ItemId = Annotated[str | None, typer.Argument(help="One of its items; all of them when absent.")]
Note = Annotated[str, typer.Option("--note", help="Why; kept with the run.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say of each debtor what would be sent or dropped, and why.")]
Letters = Annotated[Path | None, typer.Option("--letters", help="Put the letters in this folder.")]


def runs(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Runs of the administration, newest first."""
    session = session_of(context)
    rows = session.pages("reminders", session.within("runs"))
    show_rows(rows, RUN_COLUMNS, json_output=json_output, language=session.language)


def show_run(
    context: typer.Context,
    run_id: ReminderRunId,
    items: Annotated[Side | None, typer.Option("--items", help="Its items instead of its figures.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """One run: what it would send and its fingerprint, or what it sent, dropped and left out; or its items."""
    session = session_of(context)
    path = session.within(f"runs/{run_id}")
    if items:
        rows = session.pages("reminders", f"{path}/items", show=str(items))
        show_rows(rows, ITEM_COLUMNS, json_output=json_output, language=session.language)
        return
    _show(session, session.get("reminders", path), json_output=json_output)


def leave_out(
    context: typer.Context,
    run_id: ReminderRunId,
    party_id: str,
    item_id: ItemId = None,
    *,
    note: Note,
    json_output: JsonOption = False,
) -> None:
    """Leave a debtor, or one of its items, out of a run."""
    session = session_of(context)
    body = {"party_id": party_id, "item_id": item_id, "note": note}
    changed = session.post("reminders", session.within(f"runs/{run_id}/leave-out"), body)
    show(changed, json_output=json_output, language=session.language)


def take_back(
    context: typer.Context,
    run_id: ReminderRunId,
    party_id: str,
    item_id: ItemId = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Put back in a run what was left out by hand."""
    session = session_of(context)
    body = {"party_id": party_id, "item_id": item_id}
    changed = session.post("reminders", session.within(f"runs/{run_id}/take-back"), body)
    show(changed, json_output=json_output, language=session.language)


def issue(
    context: typer.Context,
    run_id: ReminderRunId,
    confirm: Annotated[str | None, typer.Option("--confirm", help="The fingerprint of the run as you saw it.")] = None,
    letters: Letters = None,
    *,
    dry_run: DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Send the reminders of a run; without --confirm it only says what would be sent."""
    session = session_of(context)
    path = session.within(f"runs/{run_id}")
    if dry_run:
        if confirm or letters:
            raise CommandFailed("--dry-run sends nothing: give neither --confirm nor --letters with it.", USAGE)
        foresee(context, run_id, json_output=json_output)
        return
    if confirm is None:
        run = session.get("reminders", path)
        _show(session, run, json_output=json_output)
        again = typed_again(context, "--confirm", run["fingerprint"])
        say(Sentence("Nothing was sent. To send: {command}", command=again), session.language)
        return
    run = session.post("reminders", f"{path}/issue", {"fingerprint": confirm})
    with progress_bar(Sentence("Issuing"), session.language) as progress:
        session.follow("reminders", run["job_id"], progress)
    if letters:
        count = Count(download_letters(session, run_id, letters))
        say(Sentence("{count} letters in {folder}.", count=count, folder=letters), session.language)
    _show(session, session.get("reminders", path), json_output=json_output)


def undo(context: typer.Context, run_id: ReminderRunId, note: Note = "", *, json_output: JsonOption = False) -> None:
    """Give a run up, as long as nothing of it was sent."""
    session = session_of(context)
    run = session.post("reminders", session.within(f"runs/{run_id}/undo"), {"note": note})
    _show(session, run, json_output=json_output)


def letters(
    context: typer.Context,
    run_id: ReminderRunId,
    folder: Annotated[Path | None, typer.Argument(help="Download the letters here.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """List the reminders of a run, or download their letters."""
    session = session_of(context)
    if folder:
        downloaded = {"letters": download_letters(session, run_id, folder), "folder": str(folder)}
        show(downloaded, json_output=json_output, language=session.language)
        return
    found = session.pages("reminders", session.within(f"runs/{run_id}/reminders"))
    rows = with_money(found, session.language, json_output=json_output)
    show_rows(rows, LETTER_COLUMNS, json_output=json_output, language=session.language)


def download_letters(session: Session, run_id: str, folder: Path) -> int:
    """Put every letter of a run in a folder, named by debtor, number and day; how many there are."""
    count = 0
    with progress_bar(Sentence("Letters"), session.language) as progress:
        for count, reminder in enumerate(session.pages("reminders", session.within(f"runs/{run_id}/reminders")), 1):
            path = session.within(f"documents/{reminder['document_id']}")
            session.download("reminders", path, folder / reminder["document_name"])
            progress({"done": count})
    return count


def _show(session: Session, run: Json, *, json_output: bool) -> None:
    show(run if json_output else run_figures(run), json_output=json_output, language=session.language)
