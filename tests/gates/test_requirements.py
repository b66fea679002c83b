"""Every requirement that is claimed done has a test, and every marker names a requirement."""

import ast
from pathlib import Path

import pytest

from tests.gates.requirements import faults, marks, rows, shown

ROWS_ASKED = 122


def test_no_row_is_claimed_without_a_test() -> None:
    assert not faults(rows(), shown())


def test_the_document_holds_every_row_that_was_asked_for() -> None:
    assert len(rows()) == ROWS_ASKED


def test_a_done_row_without_a_test_and_a_marker_without_a_row_are_faults() -> None:
    states = {"S1.1": "done", "S1.2": "open", "S1.3": "done"}

    found = faults(states, {"S1.3": ["test_a.py:1"], "S9.9": ["test_b.py:2"]})

    assert found == ["S1.1 is done, and no test shows it", "test_b.py:2: there is no row S9.9"]


def test_markers_are_found_on_tests_modules_and_parameters() -> None:
    source = """
pytestmark = pytest.mark.requirement("S1.1")
@pytest.mark.requirement("S1.2", "S1.3")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("S1.4"))])
def test_it(x): ...
"""

    assert {row for _, row in marks(ast.parse(source))} == {"S1.1", "S1.2", "S1.3", "S1.4"}


def test_a_marker_must_name_its_row() -> None:
    with pytest.raises(ValueError, match="write the row as a string"):
        list(marks(ast.parse("pytest.mark.requirement(ROW)")))


@pytest.mark.parametrize("line", ["| S1.1 | twice | open |", "| S1.2 | half | nearly |"])
def test_a_row_comes_once_and_is_open_or_done(tmp_path: Path, line: str) -> None:
    document = tmp_path / "requirements.md"
    document.write_text(f"| S1.1 | a row | open |\n{line}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"row S1\.\d"):
        rows(document)
