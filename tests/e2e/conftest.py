"""One embedded stack for tests in administrations of their own, and one with the demonstration's books."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from deploy.embedded import stack
from tests.support.clerk import Demonstration, Openitems
from tests.support.forks import Forks


@pytest.fixture(scope="module")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stack") / "stack"
    stack.start(folder)
    yield folder
    stack.stop(folder)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    """What starts a command in a fraction of the time."""
    with Forks() as forks:
        yield forks


@pytest.fixture(scope="module")
def told_demonstration(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Demonstration]:
    """The demonstration, told once; its stack may run or not: take `demonstration` where it must."""
    folder = tmp_path_factory.mktemp("demo") / "stack"
    try:
        summary = Openitems(folder, "demo")("demo", "--keep", "--json", "--folder", folder).json
        stack.stop(folder)
        copy_whole(folder, kept_aside(folder))
        yield Openitems(folder, "demo", started=forks.run), summary
    finally:
        stack.stop(folder)


def kept_aside(folder: Path) -> Path:
    """Where the demonstration's books stand as it left them."""
    return folder.with_name("untouched")


def copy_whole(folder: Path, copy: Path) -> None:
    """Copy a folder with its owners: the database's server runs under an account of its own."""
    subprocess.run(["cp", "-a", folder, copy], check=True)


def begin_anew(folder: Path) -> None:
    """Put the books back as the demonstration left them: who walks through the README finds them so."""
    stack.stop(folder)
    shutil.rmtree(folder)
    copy_whole(kept_aside(folder), folder)


@pytest.fixture(scope="module", params=["en", "json", "nl"])
def shown(request: pytest.FixtureRequest, told_demonstration: Demonstration) -> str:
    """How the README's commands are carried out, each time on books that nobody changed since."""
    begin_anew(told_demonstration[0].folder)
    return str(request.param)


@pytest.fixture
def demonstration(told_demonstration: Demonstration) -> Demonstration:
    """The program in the demonstration's books, whose stack runs, and the summary that it told."""
    stack.start(told_demonstration[0].folder)
    return told_demonstration


class AtTerminal(NamedTuple):
    """The program in the demonstration's books, on a terminal, for somebody who reads a language."""

    openitems: Openitems
    language: str
    columns: int


@pytest.fixture(scope="module", params=[("da", 80), ("en", 120)], ids=lambda param: f"{param[0]}-{param[1]}")
def at_terminal(request: pytest.FixtureRequest, told_demonstration: Demonstration, forks: Forks) -> AtTerminal:
    """The program on terminals of the usual widths, each on books that nobody changed since."""
    language, columns = request.param
    started = partial(forks.run_on_terminal, columns=columns)
    begin_anew(told_demonstration[0].folder)
    stack.start(told_demonstration[0].folder)
    return AtTerminal(replace(told_demonstration[0], started=started), language, columns)


@pytest.fixture
def told(told_demonstration: Demonstration) -> dict[str, Any]:
    """The summary that the demonstration told."""
    return told_demonstration[1]


@pytest.fixture
def openitems(running_stack: Path, forks: Forks) -> Openitems:
    """The program, on the running stack."""
    return Openitems(running_stack, started=forks.run)
