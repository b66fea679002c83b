"""The demonstration's command, as far as it concerns the stack that it runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.exits import CommandFailed
from deploy.demo.left_in_folder import LeftInFolder
from deploy.embedded import stack
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.folder.status import StackState, StackStatus
from tests.deploy.embedded.fake_stack import fake_plan
from tests.support.clerk import Openitems


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


def told_in(folder: Path, *, before: bool) -> LeftInFolder:
    """A demonstration that was told, in a folder with or without a stack from before."""
    told = LeftInFolder(folder)
    if before:
        StackFolder(folder).make()
    with told.noted_whose_folder_it_is():
        StackFolder(folder).make()
    told.summary.write_text("{}")
    return told


@pytest.mark.parametrize("before", [True, False])
def test_a_demonstration_is_told_once_in_a_folder(tmp_path: Path, *, before: bool) -> None:
    told = told_in(tmp_path / "stack", before=before)

    with pytest.raises(CommandFailed, match="told in"):
        told.check_untold()


def test_told_anew_it_begins_with_nothing(tmp_path: Path) -> None:
    told = told_in(tmp_path / "stack", before=False)

    told.forget()
    told.check_untold()

    assert not told.folder.exists()


def test_a_stack_from_before_is_never_removed(tmp_path: Path) -> None:
    told = told_in(tmp_path / "stack", before=True)

    told.forget()

    assert told.summary.exists()
