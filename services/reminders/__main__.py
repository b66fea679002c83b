"""Starts the service, or migrates its schema: `python -m services.reminders [serve|migrate|replay]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.command import main
from services.reminders.migrations import PACKAGES

if TYPE_CHECKING:
    from chassis.service import Service


def declaration() -> Service:
    """The service, declared."""
    from services.reminders.app import SERVICE  # noqa: PLC0415 - a migration has no use for all that it imports

    return SERVICE


if __name__ == "__main__":
    main("reminders", PACKAGES, declaration)
