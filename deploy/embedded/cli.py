"""The commands `up`, `down`, `status` and `token` of the embedded stack.

Data goes to standard output, progress to standard error. Exit codes: 0 done; 1 it could not be done, with the reason on
standard error, and from `status` if the stack is not ready.
"""

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from deploy.embedded import stack
from deploy.embedded.clock import now_utc
from deploy.embedded.errors import StackError
from deploy.embedded.folder.layout import DEFAULT_FOLDER, FOLDER_VARIABLE
from deploy.embedded.folder.status import StackState, StackStatus
from deploy.embedded.tokens import issue_token

NOT_READY = 1

app = typer.Typer(no_args_is_help=True, help="PostgreSQL, broker and services in one folder.")

Folder = Annotated[Path, typer.Option(envvar=FOLDER_VARIABLE, help="The stack's folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def up(folder: Folder = DEFAULT_FOLDER, *, json: Json = False) -> None:
    """Start the stack and wait until all of it is ready."""
    try:
        now = stack.start(folder, progress=_progress)
    except StackError as error:
        raise _failure(error) from error
    _show(now, json=json)


@app.command()
def down(folder: Folder = DEFAULT_FOLDER, *, json: Json = False) -> None:
    """Stop the stack; its data stays in the folder."""
    try:
        now = stack.stop(folder, progress=_progress)
    except StackError as error:
        raise _failure(error) from error
    _show(now, json=json)


@app.command()
def status(folder: Folder = DEFAULT_FOLDER, *, json: Json = False) -> None:
    """Show each process of the stack."""
    try:
        now = stack.status(folder)
    except StackError as error:
        raise _failure(error) from error
    _show(now, json=json)
    if now.state is not StackState.READY:
        raise typer.Exit(NOT_READY)


@app.command()
def token(
    employee: Annotated[str, typer.Option(help="Who it is issued to.")],
    administration: Annotated[list[str], typer.Option(help="Where they may work; repeat for more, * for all.")],
    role: Annotated[
        list[str],
        typer.Option(help="clerk, approver, operator, auditor, or NAME:clerk; repeat for more."),
    ],
    folder: Folder = DEFAULT_FOLDER,
    *,
    json: Json = False,
) -> None:
    """Issue a bearer token of the stack and print it."""
    try:
        issued = issue_token(folder, employee, administration, role, now_utc())
    except StackError as error:
        raise _failure(error) from error
    typer.echo(dumps({"token": issued}) if json else issued)


def _progress(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _failure(error: StackError) -> typer.Exit:
    typer.echo(str(error), err=True)
    return typer.Exit(1)


def _show(now: StackStatus, *, json: bool) -> None:
    if json:
        typer.echo(now.model_dump_json(indent=1))
        return
    typer.echo(f"{now.state}: {now.folder}")
    for child in now.children:
        pid = child.process.pid if child.process else "-"
        uptime = f"{child.uptime_seconds(now_utc()):.0f} s"
        typer.echo(
            f"  {child.name:<12}{child.state:<10}pid {pid:<8}port {child.port or '-':<7}up {uptime:<9}"
            f"restarts {child.restarts}"
        )
    if now.problem:
        typer.echo(f"  {now.problem}")
