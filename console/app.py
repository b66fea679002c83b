"""The command line `openitems`: who calls, where, and the commands of the four services."""

from __future__ import annotations

import os
import sys
from getpass import getuser
from typing import Annotated

import typer

from console import events, importing, inspection, parties
from console.exits import CommandFailed
from console.matching import app as matching
from console.output import say, show
from console.reminders import app as reminders
from console.selection import app as selection
from console.session import Connect, Opener
from console.writeoff import app as writeoff

HELP = """Open items: find, match, remind and write off what is still open.

Data goes to standard output, progress to standard error; every command takes --json.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 changed since the preview, 5 audit violations, 6 timed out.
"""


def build_app(connect: Connect) -> typer.Typer:
    """The command line, which finds its services by `connect`."""
    app = typer.Typer(no_args_is_help=True, help=HELP, pretty_exceptions_enable=False, rich_markup_mode=None)

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
            str, typer.Option("--language", envvar="OPENITEMS_LANGUAGE", help="nl, nl-BE, da or en.")
        ] = "en",
    ) -> None:
        context.obj = Opener(connect, employee or getuser(), administration, language)

    app.command("publish")(events.publish)
    app.command("configure")(events.configure)
    app.command("audit")(inspection.audit)
    app.add_typer(importing.app, name="import")
    app.add_typer(parties.party_app, name="party")
    app.add_typer(parties.items_app, name="items")
    app.add_typer(inspection.dead_letters_app, name="dead-letters")
    app.command("waiting")(inspection.waiting)
    for name, service_app in service_apps().items():
        app.add_typer(service_app, name=name)
    return app


def service_apps() -> dict[str, typer.Typer]:
    """The commands of each service."""
    return {"selection": selection, "matching": matching, "reminders": reminders, "writeoff": writeoff}


def run(app: typer.Typer) -> None:
    """Run the command of the process's arguments; an expected failure is one sentence and its exit code."""
    try:
        app()
    except CommandFailed as failure:
        if "--json" in sys.argv:
            show({"error": failure.message, "exit": failure.code, **failure.problem}, json_output=True)
        say(failure.message)
        raise SystemExit(failure.code) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
