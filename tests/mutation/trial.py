"""Mutants put to the tests, in a copy of the tree, so that a run that is broken off leaves nothing changed."""

import ast
import re
import shlex
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome

from tests.mutation.mutants import Mutant

SECONDS_MIN = 60.0
SECONDS_PER_BASELINE = 3.0
"""How much longer than the unchanged code's its tests may take: one that hangs is noticed."""


class TestsFail(Exception):
    """The tests fail without any change, so that nothing can be said."""

    __test__ = False


@dataclass(slots=True)
class Verdicts:
    """What became of the mutants."""

    noticed: list[Mutant] = field(default_factory=list)
    explained: list[Mutant] = field(default_factory=list)
    survived: list[Mutant] = field(default_factory=list)
    untried: int = 0
    """Mutants for which there was no time."""


def explanations(file: Path) -> set[tuple[str, str, str]]:
    """Changes that make no difference to anybody, each with the reason: module, line as it was, line as it becomes."""
    entries = tomllib.loads(file.read_text(encoding="utf-8")).get("survivor", [])
    return {(entry["module"], entry["was"], entry["becomes"]) for entry in entries if entry["why"]}


def try_mutants(
    root: Path, mutants: Iterable[Mutant], tests: list[Path], known: set[tuple[str, str, str]], *, minutes: float
) -> Iterator[tuple[Mutant, str]]:
    """Try mutants one after the other in the tree at `root`, which is theirs to change; says of each what became of it.

    The tests that import the changed module come first. Raises TestsFail when they fail without a change.
    """
    begun = time.monotonic()
    outcome, output = run_tests(command(tests), minutes * 60)
    if outcome is not TestOutcome.SURVIVED:
        raise TestsFail(output[-2000:])
    limit = max(SECONDS_MIN, SECONDS_PER_BASELINE * (time.monotonic() - begun))
    for mutant in mutants:
        if (mutant.module, *mutant.lines) in known:
            yield mutant, "explained"
        elif time.monotonic() - begun > minutes * 60:
            yield mutant, "untried"
        else:
            yield (
                mutant,
                "survived" if survives(root, mutant, nearest_first(tests, mutant.module), limit) else "noticed",
            )


def survives(root: Path, mutant: Mutant, tests: list[Path], seconds: float) -> bool:
    """Whether no test fails on it."""
    path = root / mutant.module
    path.write_text(mutant.after, encoding="utf-8")
    try:
        outcome, _ = run_tests(command(tests), seconds)
    finally:
        path.write_text(mutant.before, encoding="utf-8")
    return outcome is TestOutcome.SURVIVED


def command(tests: Iterable[Path]) -> str:
    """How the tests are run: to the first failure."""
    options = ["-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", "-m", "not long and not slow"]
    return shlex.join([sys.executable, *options, *map(str, tests)])


def nearest_first(tests: Iterable[Path], module: str) -> list[Path]:
    """The files of tests, those first that import the module, then those that import its package."""
    name = module.removesuffix(".py").replace("/", ".")
    return sorted(tests, key=lambda test: (name not in imported(test), name.rpartition(".")[0] not in imported(test)))


def imported(file: Path) -> set[str]:
    """The modules that a file imports, and the packages that they are in."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found | {re.sub(r"\.\w+$", "", name) for name in found}
