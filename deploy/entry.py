"""The program `openitems`: the console's commands, and those of the embedded stack."""

from __future__ import annotations

from pkgutil import resolve_name

import typer

from console.app import build_app, run
from console.caller import Connect, Target
from console.languages import say_also
from console.lazy_commands import Deferred

EMBEDDED = {
    "up": Deferred("deploy.embedded.cli:up", "Start the stack and wait until all of it is ready."),
    "down": Deferred("deploy.embedded.cli:down", "Stop the stack; its data stays in the folder."),
    "status": Deferred("deploy.embedded.cli:status", "Show each process of the stack."),
    "token": Deferred("deploy.embedded.cli:token", "Issue a bearer token of the stack and print it."),
    "demo": Deferred(
        "deploy.demo.command:demo",
        "Publish a made-up library, settle, select, report, write off, remind, audit; under a minute.",
    ),
}


def connect(employee: str) -> Target:
    """The services of the embedded stack, unless the environment names others; what that takes is imported now."""
    found: Connect = resolve_name("deploy.connecting:connect")
    return found(employee)


def main() -> None:
    """Run the command that the arguments name."""
    run(openitems())


def openitems() -> typer.Typer:
    """Every command: `up`, `down`, `status`, `token` and `demo` beside the console's."""
    say_also("deploy")
    return build_app(connect, EMBEDDED)


if __name__ == "__main__":
    main()
