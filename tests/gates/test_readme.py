"""The README's table of services says what the code says."""

import re

import pytest

from chassis.settings import ServiceName
from contracts.topics import TOPICS
from tests.declared import SERVICES, declared_services
from tests.gates.tree import ROOT

TICKED = re.compile(r"`([a-z-]+)`")


def row(service: str) -> list[str]:
    """The cells of a service's row: its name, what it does, consumes and publishes, its schema."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith(f"| `{service}` |"))
    return found.strip("| ").split(" | ")


@pytest.mark.parametrize("name", SERVICES)
def test_it_lists_what_a_service_consumes(name: ServiceName) -> None:
    _, _, consumes, _, _ = row(name)

    found = set(TICKED.findall(consumes)) ^ set(declared_services()[name].handlers)
    assert found == set(), f"README.md, what {name} consumes: {sorted(found)}"


@pytest.mark.parametrize("name", SERVICES)
def test_it_lists_what_a_service_publishes(name: ServiceName) -> None:
    _, _, _, publishes, schema = row(name)

    found = set(TICKED.findall(publishes)) ^ {topic for topic, event in TOPICS.items() if name in event.publisher}
    assert found == set(), f"README.md, what {name} publishes: {sorted(found)}"
    assert schema == f"`{name}`"
