"""Which configurations are taken: the highest version holds, the same again is a duplicate, another is poison."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.consuming.received import Dead, Received
from chassis.errors import Poison
from contracts.operators import AdministrationConfigured

Configurations = dict[str, AdministrationConfigured]
"""Configurations by their administration."""


def judge_configurations(
    received: Iterable[Received[AdministrationConfigured]], stored: Configurations
) -> tuple[Configurations, list[Dead]]:
    """The configurations that hold from now on in place of the stored ones, and what contradicts one, in order."""
    holding = dict(stored)
    dead: list[Dead] = []
    for entry in received:
        current = holding.get(entry.event.administration)
        if contradicts(entry.event, current):
            dead.append(Dead(entry.record, contradiction(entry.event)))
        elif current is None or current.version < entry.event.version:
            holding[entry.event.administration] = entry.event
    return {name: event for name, event in holding.items() if event is not stored.get(name)}, dead


def contradicts(event: AdministrationConfigured, current: AdministrationConfigured | None) -> bool:
    """Whether an event says something else under the version that holds; what is older or newer contradicts nothing.

    Compared as they are read today, so that a field that either leaves out equals its default.
    """
    return current is not None and event.version == current.version and event != current


def contradiction(event: AdministrationConfigured) -> Poison:
    """What is told of an event that contradicts the version that holds."""
    return Poison(
        "contradictory-version",
        "Version {event.version} of administration {event.administration} was configured before with other content.",
        event=event,
        next=event.version + 1,
        field="version",
        remedy="A version never changes: publish this under version {next} or higher.",
    )
