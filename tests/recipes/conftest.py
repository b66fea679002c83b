"""A copy of the tree that may be changed: one for all recipes, made anew from its own repository after each test."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gates.tree import ROOT, files

WHOEVER = ("-c", "user.name=recipes", "-c", "user.email=recipes@example.org", "-c", "commit.gpgsign=false")


def git(tree: Path, *words: str) -> None:
    """Run git in the copy."""
    subprocess.run(["git", "-C", str(tree), *WHOEVER, *words], check=True)


@pytest.fixture(scope="session")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything that is or could be committed, committed; what Python compiles of it stays from test to test."""
    tree = tmp_path_factory.mktemp("recipes")
    for path in files():
        copy = tree / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--no-verify", "--message", "as it is")
    yield tree
    shutil.rmtree(tree)


@pytest.fixture
def tree(copied_tree: Path) -> Iterator[Path]:
    """The copy, as the tree is."""
    yield copied_tree
    git(copied_tree, "checkout", "--quiet", ".")
    git(copied_tree, "clean", "--quiet", "--force", "-d")
