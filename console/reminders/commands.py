"""The sub-commands of `openitems reminders`, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from console.reminders import control_list, history, letters, runs

COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": control_list.list_items,
    "run": control_list.make_run,
    "runs": runs.runs,
    "show": runs.show_run,
    "leave-out": runs.leave_out,
    "take-back": runs.take_back,
    "issue": runs.issue,
    "undo": runs.undo,
    "letters": runs.letters,
    "preview": letters.preview,
    "test-letter": letters.sample,
    "emails": letters.emails,
    "bounce": letters.bounce,
    "explain": history.explain,
    "history": history.history,
    "document": history.document,
    "report": history.report,
    "rates": history.rates,
}


def assembled() -> typer.Typer:
    """All commands under their names."""
    reminders = typer.Typer(
        no_args_is_help=True,
        help="Remind debtors: see the list, freeze it as a run, issue it once.",
        rich_markup_mode=None,
    )
    for name, command in COMMANDS.items():
        reminders.command(name)(command)
    return reminders


app = assembled()
