"""A service as a command: `python -m services.<name> [serve|migrate|replay]`.

What a migration has no use for, most of a service, is not imported for it: it takes a third of the time.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from chassis.errors import OpenItemsError
from chassis.migrations import migrate
from chassis.settings import ServiceName, Settings

if TYPE_CHECKING:
    from chassis.service import Service

COMMANDS = ("serve", "migrate", "replay")
EXIT_USAGE = 64
EXIT_FAILED = 1


def main(name: ServiceName, migrations: Sequence[str], declaration: Callable[[], Service]) -> None:
    """Run the command of the process's arguments: serve when none is given. `declaration` imports the service."""
    command = sys.argv[1] if len(sys.argv) > 1 else "serve"
    if command not in COMMANDS:
        sys.stderr.write(f"usage: python -m services.{name} [{'|'.join(COMMANDS)}]\n")
        raise SystemExit(EXIT_USAGE)
    try:
        if command == "migrate":
            asyncio.run(migrate_schema(name, migrations))
        else:
            import_module("chassis.process").run(declaration(), command)
    except OpenItemsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_FAILED) from error


async def migrate_schema(name: ServiceName, migrations: Sequence[str]) -> None:
    """Apply what is missing to the service's schema."""
    for applied in await migrate(Settings(service=name), migrations):
        sys.stdout.write(f"applied {applied}\n")
