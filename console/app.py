"""The command line `openitems`: who calls, where, and the commands of the four services."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from getpass import getuser
from typing import Annotated

import typer

from console.caller import Caller, Connect
from console.exits import CommandFailed, ToldAlready
from console.languages import speak, spoken_language
from console.lazy_commands import Deferred, group_of

HELP = """Open items: find, match, remind and write off what is still open.

Data goes to standard output, progress to standard error; every command takes --json. One that writes a file then
prints where it wrote it, and in which format.

The services are those of the embedded stack in OPENITEMS_FOLDER, unless OPENITEMS_TOKEN holds a bearer token: then
OPENITEMS_URL_SELECTION, OPENITEMS_URL_MATCHING, OPENITEMS_URL_REMINDERS and OPENITEMS_URL_WRITEOFF say where they are.
OPENITEMS_ADMINISTRATION, OPENITEMS_EMPLOYEE and OPENITEMS_LANGUAGE stand for --administration, --as and --language.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 changed since the preview, 5 audit violations, 6 timed out,
7 not drained: the audit found nothing wrong, but services are behind with events.
"""


COMMANDS = {
    "publish": Deferred(
        "console.events:publish", "Publish events; each is validated first, and good ones go through beside bad ones."
    ),
    "configure": Deferred(
        "console.events:configure",
        "Configure an administration: currency, periods, journals, reasons, GL links, reminder profiles.",
    ),
    "audit": Deferred(
        "console.audit:audit",
        "Recompute what must always hold from the stored facts.",
    ),
    "waiting": Deferred("console.unapplied_events:waiting", "Show events that came before what they refer to."),
}
GROUPS = {
    "import": Deferred(
        "console.importing.commands:app", "Other systems' files: a dry run first, then all of a file or none of it."
    ),
    "party": Deferred("console.parties:party_app", "What is known and open of a party."),
    "items": Deferred("console.parties:items_app", "Items, and why they are as they are."),
    "dead-letters": Deferred("console.unapplied_events:dead_letters_app", "Messages that were put aside."),
    "selection": Deferred("console.selection:app", "Find open items and keep them in sets."),
    "matching": Deferred("console.matching:app", "Settle charges against payments and credit notes."),
    "reminders": Deferred("console.reminders:app", "Remind debtors: see the list, freeze it as a run, issue it once."),
    "writeoff": Deferred("console.writeoff:app", "Write off what will never be received, and account for it."),
}


def build_app(connect: Connect, more: Mapping[str, Deferred] | None = None) -> typer.Typer:
    """The command line, which finds its services by `connect`; `more` are commands besides the console's."""
    app = typer.Typer(
        cls=group_of(COMMANDS | dict(more or {}) | GROUPS),
        no_args_is_help=True,
        help=HELP,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def root(
        context: typer.Context,
        administration: Annotated[
            str | None,
            typer.Option("--administration", "-a", envvar="OPENITEMS_ADMINISTRATION", help="The books to work in."),
        ] = None,
        employee: Annotated[
            str | None, typer.Option("--as", envvar="OPENITEMS_EMPLOYEE", help="The employee who acts.")
        ] = None,
        language: Annotated[
            str,
            typer.Option(
                "--language", envvar="OPENITEMS_LANGUAGE", help="nl, nl-BE, da or en.", callback=spoken_language
            ),
        ] = "en",
    ) -> None:
        speak(language)
        context.obj = Caller(connect, employee or getuser(), administration, language)

    return app


def run(app: typer.Typer) -> None:
    """Run the command of the process's arguments; an expected failure is one sentence and its exit code."""
    try:
        app()
    except CommandFailed as failure:
        if "--json" in sys.argv and not isinstance(failure, ToldAlready):
            error = {"error": failure.message, "exit": failure.code, **failure.problem}
            typer.echo(json.dumps(error, indent=1, default=str, ensure_ascii=False))
        typer.echo(failure.message, err=True)
        raise SystemExit(failure.code) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
