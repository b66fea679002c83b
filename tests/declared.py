"""The services as they declare themselves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, get_args

from chassis.settings import ServiceName

if TYPE_CHECKING:
    from chassis.service import Service

SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)


def declared_services() -> dict[ServiceName, Service]:
    """The declaration of every service that can be imported, by name.

    One that cannot must not keep the others from being tested: it is missing here, and a gate says so.
    """
    kind = importlib.import_module("chassis.service").Service  # with all of FastAPI: late, as few tests ask for it
    found: dict[ServiceName, Service] = {}
    for name in SERVICES:
        try:
            module = importlib.import_module(f"services.{name}.app")
        except ImportError:
            continue
        (found[name],) = {id(value): value for value in vars(module).values() if isinstance(value, kind)}.values()
    return found
