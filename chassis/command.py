"""A service as a command: `python -m services.<name> [serve|migrate|replay]`.

What a migration has no use for, most of a service, is not imported for it: it takes a third of the time.
"""

from __future__ import annotations

import asyncio
import sys
from pkgutil import resolve_name

from chassis.errors import OpenItemsError
from chassis.migrations import migrate
from chassis.settings import ServiceName, Settings

COMMANDS = ("serve", "migrate", "replay")
EXIT_USAGE = 64
EXIT_FAILED = 1


def main(name: ServiceName) -> None:
    """Run the command of the process's arguments for the service in `services.<name>`: serve when none is given."""
    command = sys.argv[1] if len(sys.argv) > 1 else "serve"
    if command not in COMMANDS:
        sys.stderr.write(f"usage: python -m services.{name} [{'|'.join(COMMANDS)}]\n")
        raise SystemExit(EXIT_USAGE)
    try:
        if command == "migrate":
            asyncio.run(migrate_schema(name))
        else:
            resolve_name("chassis.process:run")(resolve_name(f"services.{name}.app:SERVICE"), command)
    except OpenItemsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_FAILED) from error


async def migrate_schema(name: ServiceName) -> None:
    """Apply what is missing to the service's schema."""
    for applied in await migrate(Settings(service=name), resolve_name(f"services.{name}.migrations:PACKAGES")):
        sys.stdout.write(f"applied {applied}\n")
