"""The recipe for a write-off rule is followed on a copy of the tree; a step that is left out is noticed."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gates.tree import ROOT

RECIPE = ROOT / "docs" / "recipes" / "add-a-write-off-rule.md"
BLOCK = re.compile(r"^```(diff|console|python)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS_MAX = 300
GATES = (
    "tests/gates/test_write_off_rules.py",
    "tests/gates/test_readme.py",
    "tests/gates/test_schemas.py",
    "tests/gates/test_translations.py::test_every_sentence_is_translated_and_no_translation_is_left_over",
    "tests/contracts/test_compatibility.py::test_each_contract_still_keeps_its_promise",
)
"""What of `make check` looks at rules."""
TEST = "tests/services/writeoff/test_card_lost.py"


@dataclass(frozen=True)
class RecipeStep:
    """One block of the recipe: a change of a file, a new file, or commands."""

    kind: str
    name: str
    text: str

    def take(self, tree: Path) -> None:
        """Follow it in a copy of the tree."""
        if self.kind == "console":
            for line in self.text.splitlines():
                run(tree, line.removeprefix("$ ").replace("python ", f"{sys.executable} ").split())
        elif self.kind == "python":
            (tree / self.name).write_text(self.text, encoding="utf-8")
        else:
            path = tree / self.name
            path.write_text(inserted(path.read_text("utf-8"), self.text), encoding="utf-8")


def steps() -> list[RecipeStep]:
    """The blocks of the recipe, in order."""
    return [RecipeStep(kind, name, text) for kind, name, text in BLOCK.findall(RECIPE.read_text("utf-8"))]


def inserted(text: str, block: str) -> str:
    """The text with the lines that a block adds, beside those that it shows; these stand there exactly once."""
    shown = [line[1:] for line in block.splitlines() if not line.startswith("+")]
    added = "".join(line[1:] + "\n" for line in block.splitlines() if line.startswith("+"))
    if not text.count("\n".join(shown) + "\n"):
        before, after = shown  # within one line
        assert text.count(f"{before} {after}") == 1, block
        return text.replace(f"{before} {after}", f"{before} {added.strip()} {after}")
    where = "\n".join(shown) + "\n"
    assert text.count("\n" + where) == 1, block
    if len(shown) > 1:
        return text.replace("\n" + where, f"\n{shown[0]}\n{added}" + "\n".join(shown[1:]) + "\n")
    is_opening = shown[0].endswith("(")
    return text.replace("\n" + where, f"\n{where}{added}" if is_opening else f"\n{added}{where}")


def run(tree: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the recipe in the copy."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )


def judged(tree: Path, *what: str) -> subprocess.CompletedProcess[str]:
    return run(tree, [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *what])


@pytest.mark.slow
def test_the_recipe_adds_a_rule_that_passes_its_gates_and_writes_off(tree: Path) -> None:
    for step in steps():
        step.take(tree)

    passed = judged(tree, *GATES, TEST)

    assert passed.returncode == 0, passed.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("left_out", range(len(steps())), ids=lambda number: f"step {number}")
def test_a_step_that_is_left_out_is_noticed(tree: Path, left_out: int) -> None:
    for number, step in enumerate(steps()):
        if number != left_out:
            step.take(tree)

    noticed = judged(tree, *GATES)

    assert noticed.returncode != 0, steps()[left_out]
