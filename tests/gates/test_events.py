"""An event is told and taken in one place each: what adding one takes is missed here before anything runs.

Adding one is described in docs/recipes/add-an-event.md.
"""

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

import pytest

import contracts
from chassis.settings import ServiceName
from contracts.event import Event
from contracts.library import BailiffReferred
from contracts.topics import TOPICS
from tests.declared import SERVICES
from tests.gates.tree import files, named, parsed, python_files

OF_MESSAGES = {"connection", "received"}
"""The arguments of an operation that takes messages."""


def told() -> Iterator[type[Event]]:
    """Every contract that names its topic."""
    for module in pkgutil.iter_modules(contracts.__path__, "contracts."):
        for _, member in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(member, Event) and member.__module__ == module.name and "topic" in vars(member):
                yield member


def unregistered(events: Iterable[type[Event]], topics: Mapping[str, type[Event]]) -> list[str]:
    """Events that no topic carries."""
    return [
        f"{event.__name__} of {event.__module__.replace('.', '/')}.py is not in TOPICS of contracts/topics.py"
        for event in events
        if topics.get(event.topic) is not event
    ]


def unsaid(service: str, topics: Mapping[str, type[Event]], code: str) -> list[str]:
    """Events that name a service as their publisher, and that nothing in its code makes."""
    return [
        f"{event.__name__} names {service} as its publisher, and nothing in services/{service} makes one"
        for event in topics.values()
        if service in event.publisher.split(", ")
        and not re.search(rf"\b{event.__name__}\b|SELECT '{event.topic}'", code)
    ]


def without_a_row(name: str, tree: ast.Module, table: str) -> list[str]:
    """Operations of a module that take messages, and that the table of topics does not name."""
    return [
        f"{node.name} of {name} has no row in {'/'.join(name.split('/')[:2])}/consumers.py"
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef)
        and {argument.arg for argument in node.args.args} == OF_MESSAGES
        and node.name.startswith("take_")
        and not re.search(rf"\b{node.name}\b", table)
    ]


def untested(service: str, topics: Iterable[str], tests: str) -> list[str]:
    """Topics that a service takes, and that none of its tests names."""
    return [
        f"no test in tests/services/{service} takes {TOPICS[topic].__name__}"
        for topic in topics
        if not re.search(rf"\b{TOPICS[topic].__name__}\b|\"{topic}\"", tests)
    ]


def text_of(folder: str) -> str:
    """All the Python and SQL under a folder."""
    found = (path for path in files() if path.suffix in {".py", ".sql"} and named(path).startswith(f"{folder}/"))
    return "\n".join(path.read_text("utf-8") for path in found)


def test_every_event_is_registered_with_its_topic() -> None:
    events = list(told())

    assert len(events) >= len(TOPICS)
    assert unregistered(events, TOPICS) == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_is_said_to_publish_is_made_there(service: ServiceName) -> None:
    assert unsaid(service, TOPICS, text_of(f"services/{service}")) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_takes_messages_has_its_row(service: ServiceName) -> None:
    folder = f"services/{service}"
    table = next(path for path in files() if named(path) == f"{folder}/consumers.py").read_text("utf-8")
    operations = [path for path in python_files("services") if named(path).startswith(f"{folder}/operations/")]

    assert [line for path in operations for line in without_a_row(named(path), parsed(path), table)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_takes_is_tested_there(service: ServiceName) -> None:
    handlers = import_module(f"services.{service}.consumers").handlers()
    own = [topic for topic, take in handlers.items() if take.__module__.startswith(f"services.{service}.")]

    assert untested(service, own, text_of(f"tests/services/{service}")) == []


def test_what_somebody_forgot_is_noticed() -> None:
    topics = {"bailiff-referred": BailiffReferred}
    operation = ast.parse("async def take_calls(connection, received): ...\nasync def take_back(connection, run): ...")

    assert unregistered([BailiffReferred], {}) == [
        "BailiffReferred of contracts/library.py is not in TOPICS of contracts/topics.py"
    ]
    assert unsaid("library systems", topics, "BailiffReferredElsewhere") == [
        "BailiffReferred names library systems as its publisher, and nothing in services/library systems makes one"
    ]
    assert without_a_row("services/reminders/operations/calls.py", operation, "take_calls_of_others") == [
        "take_calls of services/reminders/operations/calls.py has no row in services/reminders/consumers.py"
    ]
    assert untested("reminders", topics, "ReminderIssued") == [
        "no test in tests/services/reminders takes BailiffReferred"
    ]
