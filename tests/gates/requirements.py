"""Which requirement is shown by which tests: docs/requirements.md against the markers in tests/."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.gates.tree import ROOT, named, parsed, python_files

REQUIREMENTS = ROOT / "docs" / "requirements.md"
ROW = re.compile(r"^\| (?P<row>(?:S\d|[DB])\.\d+) \| [^|]+ \| (?P<state>[^|]*) \|$")
STATES = {"open", "done"}


def rows(document: Path = REQUIREMENTS) -> dict[str, str]:
    """Each row's state, in the document's order.

    Raises ValueError for a row that comes twice or whose state is neither open nor done.
    """
    found: dict[str, str] = {}
    for line in document.read_text(encoding="utf-8").splitlines():
        if not (match := ROW.match(line)):
            continue
        row, state = match["row"], match["state"].strip()
        if row in found or state not in STATES:
            raise ValueError(f"{document.name}: row {row}, state {state!r}: once, and one of {sorted(STATES)}")
        found[row] = state
    return found


def marks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and row of each requirement marker in a test file, wherever pytest takes one.

    Raises ValueError for a marker whose rows are not plain strings: nobody could find it by its row.
    """
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement"):
            continue
        for row in node.args:
            match row:
                case ast.Constant(value=str(name)):
                    yield node.lineno, name
                case _:
                    raise ValueError(f"line {node.lineno}: write the row as a string, not {ast.unparse(row)}")


def shown() -> dict[str, list[str]]:
    """The places of the markers, by row."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in python_files("tests"):
        for line, row in marks(parsed(path)):
            found[row].append(f"{named(path)}:{line}")
    return found


def faults(states: Mapping[str, str], places: Mapping[str, list[str]]) -> list[str]:
    """What is wrong: rows that are claimed done and that no test shows, and markers of unknown rows."""
    unshown = [
        f"{row} is done, and no test shows it" for row, state in states.items() if state == "done" and row not in places
    ]
    unknown = [f"{where}: there is no row {row}" for row in places if row not in states for where in places[row]]
    return unshown + unknown


def main() -> None:
    """Print each row with its state and the tests that show it."""
    states, places = rows(), shown()
    table = Table(
        "row", "state", "shown by", title=f"{sum(s == 'done' for s in states.values())} of {len(states)} done"
    )
    for row, state in states.items():
        table.add_row(row, state, "\n".join(places.get(row, [])) or "-")
    console = Console()
    console.print(table)
    for fault in faults(states, places):
        console.print(fault, style="red")


if __name__ == "__main__":
    main()
