"""Decisions are numbered without gaps, dated, have a state and the same three parts, and are listed."""

import re
from pathlib import Path

import pytest

from tests.gates.tree import ROOT

FOLDER = ROOT / "docs" / "adr"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
STATED = re.compile(r"^(?P<date>\d{4}-\d{2}-\d{2}) · (?P<state>accepted|replaced by \d{4})$")
PARTS = ("**Context.**", "**Choice.**", "**Cost.**")


def row(page: Path) -> str:
    """The line of the list that belongs to a page."""
    title, _, stated, *_ = page.read_text(encoding="utf-8").splitlines()
    match = STATED.match(stated)
    assert match, f"{page.name}: its third line says the date and the state, as in 2026-11-30 · accepted"
    return f"| [{page.name[:4]}]({page.name}) | {title.removeprefix('# ')} | {match['date']} | {match['state']} |"


def test_numbers_have_no_gaps() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04d}" for number in range(1, len(PAGES) + 1)]


def test_every_decision_is_listed_as_it_stands() -> None:
    listed = [
        line for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| [")
    ]

    assert listed == [row(page) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_its_three_parts_on_one_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert [part for part in PARTS if part not in text] == []
    assert len(text.splitlines()) <= 60
