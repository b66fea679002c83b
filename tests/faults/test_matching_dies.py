"""The ledger's process dies at every await of what it does: nothing is lost, nothing is doubled."""

import pytest

from chassis.settings import Settings
from tests.databases import FreshDatabase
from tests.faults.dying import Path, die_everywhere, die_in_pairs
from tests.faults.ledger_paths import (
    ANSWERING,
    CLEARING,
    EXECUTING,
    PROPOSING,
    SETTLING,
    TAKING,
    TRYING_AGAIN,
    UNDOING,
    VALUING,
    configure,
    violations,
)

PATHS = {
    "taking postings and changes": TAKING,
    "answering requests": ANSWERING,
    "trying again what waited": TRYING_AGAIN,
    "settling oldest first": SETTLING,
    "undoing a run": UNDOING,
    "proposing": PROPOSING,
    "matching what was marked": EXECUTING,
    "clearing a small balance": CLEARING,
    "valuing other currencies": VALUING,
}
MONEY_PATHS = ("answering requests", "settling oldest first")


@pytest.fixture
async def settings(database: FreshDatabase) -> Settings:
    """Those of the ledger, with a configured administration."""
    found = database.settings("matching")
    await configure(found)
    return found


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_dying_at_any_await_leaves_what_would_have_been_anyway(settings: Settings, path: Path) -> None:
    awaits = await die_everywhere(settings, path)

    assert awaits > 5
    assert await violations(settings) == []


@pytest.mark.parametrize("name", MONEY_PATHS)
async def test_dying_twice_leaves_what_would_have_been_anyway(settings: Settings, name: str) -> None:
    pairs = await die_in_pairs(settings, PATHS[name])

    assert pairs > 1
    assert await violations(settings) == []
