"""One embedded stack for all end-to-end tests; each test works in an administration of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import stack
from tests.e2e.program import Openitems


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stack") / "stack"
    stack.start(folder)
    yield folder
    stack.stop(folder)


@pytest.fixture
def openitems(running_stack: Path) -> Openitems:
    """The program, on the running stack."""
    return Openitems(running_stack)
