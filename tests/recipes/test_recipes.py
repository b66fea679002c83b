"""The recipes work as they are written, and a step that is left out is named."""

from pathlib import Path

import pytest

from tests.gates.tree import ROOT
from tests.recipes.recipe import Recipe, Step, read_recipe

FOLDER = ROOT / "docs" / "recipes"
OF_ITS_OWN_FORM = {"add-a-write-off-rule"}
"""Followed by a test of its own."""
RECIPES = {file.stem: read_recipe(file) for file in sorted(FOLDER.glob("*.md")) if file.stem not in OF_ITS_OWN_FORM}

EVERY_RECIPE = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
EVERY_STEP = pytest.mark.parametrize(
    ("recipe", "step"),
    [
        pytest.param(recipe, step, id=f"{name}: {step.title}")
        for name, recipe in RECIPES.items()
        for step in recipe.steps
    ],
)


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
