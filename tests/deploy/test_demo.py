"""The demonstration's command, as far as it concerns the stack that it runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import stack
from deploy.embedded.folder.status import StackState, StackStatus
from tests.deploy.embedded.fake_stack import fake_plan
from tests.e2e.program import Openitems


@pytest.fixture
def running(tmp_path: Path) -> Iterator[StackStatus]:
    """A stack whose services cannot do what the demonstration asks of them."""
    folder = tmp_path / "stack"
    yield stack.start(folder, fake_plan())
    stack.stop(folder)


def test_a_stack_that_ran_before_the_demonstration_runs_after_it(running: StackStatus) -> None:
    Openitems(running.folder)("demo", "--folder", running.folder, code=1)

    now = stack.status(running.folder)

    assert now.state is StackState.READY
    assert now.processes() == running.processes()
