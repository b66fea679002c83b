"""The services as they declare themselves."""

import importlib
from typing import get_args

from chassis.service import Service
from chassis.settings import ServiceName

SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)


def declared_services() -> dict[ServiceName, Service]:
    """The declaration of every service that can be imported, by name.

    One that cannot must not keep the others from being tested: it is missing here, and a gate says so.
    """
    found: dict[ServiceName, Service] = {}
    for name in SERVICES:
        try:
            module = importlib.import_module(f"services.{name}.app")
        except ImportError:
            continue
        (found[name],) = {id(value): value for value in vars(module).values() if isinstance(value, Service)}.values()
    return found
