"""The recipes for reminders work as they are written, and a step that is left out is named."""

import shutil
from pathlib import Path

import pytest

from tests.gates.tree import ROOT
from tests.recipes.recipe import Recipe, Step, read_recipe

RECIPES = {name: read_recipe(ROOT / "docs/recipes" / f"{name}.md") for name in ("add-a-language", "add-a-law")}
COPIED = ("chassis", "contracts", "console", "deploy", "read_model", "services", "tests", "pyproject.toml", "README.md")

EVERY_RECIPE = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
EVERY_STEP = pytest.mark.parametrize(
    ("recipe", "step"),
    [
        pytest.param(recipe, step, id=f"{name}: {step.title}")
        for name, recipe in RECIPES.items()
        for step in recipe.steps
    ],
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree that may be changed."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@EVERY_RECIPE
def test_who_follows_a_recipe_passes_its_check(recipe: Recipe, tree: Path) -> None:
    recipe.follow(tree)

    checked = recipe.outcome(tree)

    assert checked.returncode == 0, checked.stdout[-3_000:]


@EVERY_STEP
def test_a_step_that_is_left_out_is_named(recipe: Recipe, step: Step, tree: Path) -> None:
    recipe.follow(tree, without=step)

    checked = recipe.outcome(tree)

    assert checked.returncode != 0
    assert step.told in checked.stdout + checked.stderr
