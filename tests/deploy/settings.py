"""The settings that services read, as seen from what deploys them."""

from collections.abc import Mapping

import pytest
from pydantic_settings import BaseSettings

from chassis.settings import KafkaSettings, ServiceName, Settings
from tests.declared import declared_services

PREFIX = "OPENITEMS_"


def settings_class(service: ServiceName) -> type[Settings]:
    """What the service declares that it reads."""
    return declared_services()[service].settings


def names(service: ServiceName) -> set[str]:
    """The environment variables that a service reads."""
    return _names_of(settings_class(service)) | _names_of(KafkaSettings)


def _names_of(kind: type[BaseSettings]) -> set[str]:
    prefix = str(kind.model_config.get("env_prefix", ""))
    return {f"{prefix}{field}".upper() for field in kind.model_fields}


def unknown(service: ServiceName, environment: Mapping[str, str]) -> set[str]:
    """The variables of ours in an environment that the service would not read: misspelt, or out of date."""
    return {name for name in environment if name.startswith(PREFIX)} - names(service)


def read(
    service: ServiceName, environment: Mapping[str, str], patch: pytest.MonkeyPatch
) -> tuple[Settings, KafkaSettings]:
    """The settings as the service would read them there; raises ValidationError where it would not start."""
    for name in names(service):
        patch.delenv(name, raising=False)
    for name, value in environment.items():
        patch.setenv(name, value)
    kind = settings_class(service)
    return kind(), KafkaSettings()
