"""Who calls, and where the services are: all that is known before a command runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from console.exits import CommandFailed

SERVICES = ("selection", "matching", "reminders", "writeoff")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the services are, and the bearer token to show them."""

    urls: Mapping[str, str]
    token: str


Connect = Callable[[str], Target]
"""Finds the services for an employee: the embedded stack's, or the ones that the environment names."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The employee at the command line, the books, and the language; `connect` is asked when a command calls."""

    connect: Connect
    employee: str
    administration: str | None
    language: str


def connect_by_environment(_employee: str) -> Target:
    """Addresses from OPENITEMS_URL_<SERVICE>, the token from OPENITEMS_TOKEN; CommandFailed says what is missing."""
    names = {service: f"OPENITEMS_URL_{service.upper()}" for service in SERVICES}
    missing = [name for name in (*names.values(), "OPENITEMS_TOKEN") if not os.environ.get(name)]
    if missing:
        raise CommandFailed(
            "The services are not known. Set {missing}, or start a stack: openitems up.", missing=", ".join(missing)
        )
    return Target({service: os.environ[name] for service, name in names.items()}, os.environ["OPENITEMS_TOKEN"])
