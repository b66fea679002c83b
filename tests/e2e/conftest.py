"""One embedded stack for tests in administrations of their own, and one with the demonstration's books."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import stack
from tests.e2e.program import Demonstration, Openitems


@pytest.fixture(scope="module")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stack") / "stack"
    stack.start(folder)
    yield folder
    stack.stop(folder)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The demonstration, told once and its stack kept running: the program in its books, and its summary."""
    folder = tmp_path_factory.mktemp("demo") / "stack"
    openitems = Openitems(folder, "demo")
    try:
        summary = openitems("demo", "--keep", "--json", "--folder", folder).json
        yield openitems, summary
    finally:
        stack.stop(folder)


@pytest.fixture
def openitems(running_stack: Path) -> Openitems:
    """The program, on the running stack."""
    return Openitems(running_stack)
