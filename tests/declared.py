"""The services as they declare themselves."""

import importlib
from importlib.util import find_spec
from typing import get_args

from chassis.service import Service
from chassis.settings import ServiceName


def declared_services() -> dict[ServiceName, Service]:
    """Every service's declaration, from its app module, by name."""
    found: dict[ServiceName, Service] = {}
    for name in get_args(ServiceName):
        if find_spec(f"services.{name}") is None or find_spec(f"services.{name}.app") is None:
            continue
        module = importlib.import_module(f"services.{name}.app")
        (found[name],) = {id(value): value for value in vars(module).values() if isinstance(value, Service)}.values()
    return found
