"""The settings that services read, as seen from what deploys them."""

import importlib
import inspect
from collections.abc import Mapping
from importlib.util import find_spec
from typing import get_args

import pytest
from pydantic_settings import BaseSettings

from chassis.settings import KafkaSettings, ServiceName, Settings

SERVICES: tuple[str, ...] = get_args(ServiceName)
PREFIX = "OPENITEMS_"


def settings_class(service: str) -> type[Settings]:
    """The service's own settings, or the chassis's where the service adds none."""
    name = f"services.{service}.settings"
    if find_spec(f"services.{service}") is None or find_spec(name) is None:
        return Settings
    module = importlib.import_module(name)
    own = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Settings)]
    return next((kind for kind in own if kind.__module__ == name), Settings)


def names(service: str) -> set[str]:
    """The environment variables that a service reads."""
    return _names_of(settings_class(service)) | _names_of(KafkaSettings)


def _names_of(kind: type[BaseSettings]) -> set[str]:
    prefix = str(kind.model_config.get("env_prefix", ""))
    return {f"{prefix}{field}".upper() for field in kind.model_fields}


def unknown(service: str, environment: Mapping[str, str]) -> set[str]:
    """The variables of ours in an environment that the service would not read: misspelt, or out of date."""
    return {name for name in environment if name.startswith(PREFIX)} - names(service)


def read(service: str, environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> tuple[Settings, KafkaSettings]:
    """The settings as the service would read them there; raises ValidationError where it would not start."""
    for name in names(service):
        patch.delenv(name, raising=False)
    for name, value in environment.items():
        patch.setenv(name, value)
    kind = settings_class(service)
    return kind(), KafkaSettings()
