"""Whatever a table is headed by has words in Dutch and Danish, and so have the codes of its cells."""

import ast
from collections.abc import Iterator
from typing import get_args

import pytest

from console.words import CODES, LANGUAGES, WORDS
from contracts.library import ItemKind, ItemStatus
from tests.gates.tree import named, parsed, python_files

DECLARED = ("COLUMNS", "FIELDS", "LISTED", "ISSUED", "FIRST")
"""What the names of tuples of columns end with."""
SHOWING = {"show_rows": 1, "show_figures": 2}
"""Functions that draw a table, and the place of the argument that names its columns."""
NO_TABLES = {"console/mapping.py", "console/output.py"}


def texts(expression: ast.expr) -> Iterator[str]:
    """The names of columns that an expression spells out; the keys of a dictionary name tables."""
    parts = expression.values if isinstance(expression, ast.Dict) else [expression]
    for node in (node for part in parts for node in ast.walk(part)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def columns(tree: ast.Module) -> Iterator[str]:
    """The columns of a module's tables: declared as a constant, or written where the table is drawn."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id.endswith(DECLARED) for target in node.targets
        ):
            yield from texts(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWING:
            place = SHOWING[node.func.id]
            if len(node.args) > place and isinstance(node.args[place], ast.Tuple):
                yield from texts(node.args[place])


TABLES = {
    name: sorted(set(columns(parsed(file))))
    for file in python_files("console")
    if (name := named(file)) not in NO_TABLES
}


@pytest.mark.parametrize("place", [place for place, found in TABLES.items() if found])
def test_every_heading_has_words(place: str) -> None:
    without = [column for column in TABLES[place] if len(WORDS.get(column, ())) != len(LANGUAGES)]

    assert without == [], f"{place}: add the Dutch, Danish and English words to console/*words.py"


def test_most_columns_are_found() -> None:
    assert sum(map(len, TABLES.values())) > 200


@pytest.mark.parametrize("code", [*get_args(ItemKind), *get_args(ItemStatus), "settled"])
def test_every_kind_and_status_of_an_item_has_words(code: str) -> None:
    assert code in CODES, f"add the Dutch and Danish words of {code} to console/words.py"


def test_a_column_without_words_is_noticed() -> None:
    tree = ast.parse('SHOE_COLUMNS = ("party_id", "shoe_size")\nshow_rows(rows, ("colour",), json_output=False)')

    assert set(columns(tree)) - set(WORDS) == {"shoe_size", "colour"}
