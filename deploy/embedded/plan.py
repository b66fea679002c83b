"""What a stack consists of besides PostgreSQL and the broker: its services and topics, as data."""

import sys

from pydantic import BaseModel, ConfigDict, PositiveInt

from contracts.topics import TOPICS

PARTITIONS = 4
"""Of every topic alike, so that all events of one party meet in one partition number."""

SERVICES = ("matching", "selection", "reminders", "writeoff")


class ServicePlan(BaseModel):
    """How one service is run; each command is an argument list.

    `migrate` brings its schema up to date before anything runs; a service without a schema has none. If it
    `has_outbox`, that is published again after the broker has lost its content.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    run: tuple[str, ...]
    migrate: tuple[str, ...] | None = None
    has_outbox: bool = True


class StackPlan(BaseModel):
    """The services of a stack, and the topics that it makes beside their dead-letter topics."""

    model_config = ConfigDict(frozen=True)

    services: tuple[ServicePlan, ...]
    topics: tuple[str, ...]
    partitions: PositiveInt = PARTITIONS


def default_plan() -> StackPlan:
    """Return the plan of the product itself."""
    return StackPlan(services=tuple(_service(name) for name in SERVICES), topics=tuple(TOPICS))


def _service(name: str) -> ServicePlan:
    run = (sys.executable, "-m", f"services.{name}")
    return ServicePlan(name=name, run=run, migrate=(*run, "migrate"))
