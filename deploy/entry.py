"""The program `openitems`: the console's commands, and those of the embedded stack."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from console.app import build_app, run
from console.session import SERVICES, Target, connect_by_environment
from deploy.demo.command import demo
from deploy.embedded import cli as embedded
from deploy.embedded.folder import StackFolder
from deploy.embedded.status import now_utc
from deploy.embedded.tokens import issue_token

ROLES = ("clerk", "approver", "operator", "auditor")
BEARER_VARIABLE = "OPENITEMS_TOKEN"
FOLDER_VARIABLE = "OPENITEMS_FOLDER"


def connect(employee: str) -> Target:
    """The services of the embedded stack, unless the environment names others.

    Whoever may read the stack's folder is its owner, and may act as any employee in any role.
    """
    if os.environ.get(BEARER_VARIABLE):
        return connect_by_environment(employee)
    folder = Path(os.environ.get(FOLDER_VARIABLE, str(embedded.DEFAULT_FOLDER)))
    status = StackFolder(folder).recorded_status()
    urls = {child.name: child.url for child in status.children if child.name in SERVICES and child.url}
    if set(urls) != set(SERVICES):
        return connect_by_environment(employee)
    return Target(urls, issue_token(folder, employee, ["*"], ROLES, now_utc()))


def main() -> None:
    """Run the command line."""
    run(openitems())


def openitems() -> typer.Typer:
    """Every command: `up`, `down`, `status`, `token` and `demo` beside the console's."""
    app = build_app(connect)
    for command in embedded.app.registered_commands:
        app.registered_commands.append(command)
    app.command("demo")(demo)
    return app


if __name__ == "__main__":
    main()
