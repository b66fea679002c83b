"""A copy of a folder whose stack runs is another stack: neither `up` nor `down` there touches the original."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import stack
from deploy.embedded.folder.status import StackState, StackStatus
from tests.deploy.embedded.fake_stack import NAMES, fake_plan


@pytest.fixture
def running(tmp_path: Path) -> Iterator[StackStatus]:
    """A stack that runs."""
    folder = tmp_path / "original"
    yield stack.start(folder, fake_plan())
    stack.stop(folder)


@pytest.fixture
def copy(running: StackStatus, tmp_path: Path) -> Iterator[Path]:
    """A copy of its folder, taken while it runs."""
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-a", running.folder, folder], check=True)
    yield folder
    stack.stop(folder)


def test_a_copy_says_that_nothing_of_it_runs(copy: Path) -> None:
    found = stack.status(copy)

    assert found.state is StackState.STOPPED
    assert found.folder == copy
    assert not found.processes()


def test_stopping_a_copy_leaves_the_original_running(running: StackStatus, copy: Path) -> None:
    stack.stop(copy)

    now = stack.status(running.folder)

    assert now.state is StackState.READY
    assert now.processes() == running.processes()


def test_a_copy_runs_beside_the_original(running: StackStatus, copy: Path) -> None:
    started = stack.start(copy, fake_plan())

    now = stack.status(running.folder)

    assert started.state is now.state is StackState.READY
    assert now.processes() == running.processes()
    assert not {started.child(name).port for name in NAMES} & {now.child(name).port for name in NAMES}


def test_a_stopped_stack_that_was_moved_is_the_same_one_elsewhere(tmp_path: Path) -> None:
    folder, moved = tmp_path / "here", tmp_path / "there"
    before = stack.start(folder, fake_plan())
    stack.stop(folder)
    shutil.move(folder, moved)

    try:
        after = stack.start(moved, fake_plan())

        assert after.folder == moved
        assert [child.port for child in after.children] == [child.port for child in before.children]
    finally:
        stack.stop(moved)
