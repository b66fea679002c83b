"""Nobody asks a machine's clock, or UTC, what day it is: today is the administration's, and one module knows it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gates.tree import PACKAGES, ROOT, files, named, parsed, python_files

KNOWS = "read_model/today.py"
ON_THIS_CLOCK = {
    "console/output.py": "an instant is shown on the clock of whoever reads it; no day is decided by it",
}
"""Where the machine's own time zone is used, and why."""
CLOCKS = {"date", "datetime"}
IN_SQL = re.compile(
    r"\bcurrent_date\b|\blocaltime(stamp)?\b|\(\)::date\b|\bdate_trunc\('day'|timestamp[^,;]*::date\b|'today'",
    re.IGNORECASE,
)


def days_by_a_clock(tree: ast.AST) -> Iterator[str]:
    """Calls that turn an instant into a day, or ask a clock for one."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = call.func
        if not isinstance(called, ast.Attribute):
            continue
        is_day = called.attr == "date" and not call.args and not call.keywords
        is_today = called.attr in {"today", "fromtimestamp"} and getattr(called.value, "id", "") in CLOCKS
        if is_day or is_today or called.attr == "localtime":
            yield f"line {call.lineno}: {ast.unparse(call)}"


def local_instants(tree: ast.AST) -> Iterator[str]:
    """Calls that move an instant into the machine's own time zone."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "astimezone" and not call.args:
            yield f"line {call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("file", python_files(*PACKAGES), ids=named)
def test_a_day_is_never_made_of_an_instant_but_by_the_administrations_time_zone(file: Path) -> None:
    name, tree = named(file), parsed(file)

    by_a_clock = [] if name == KNOWS else list(days_by_a_clock(tree))
    local = [] if name in ON_THIS_CLOCK else list(local_instants(tree))

    assert by_a_clock + local == [], f"ask {KNOWS}, or in the console session.today"


def test_no_statement_asks_the_database_what_day_it_is() -> None:
    statements = [path for path in files() if path.suffix == ".sql" and path.parent.name == "sql"]

    asking = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in statements
        for line in path.read_text("utf-8").splitlines()
        if IN_SQL.search(line) and not line.lstrip().startswith("--")
    ]

    assert len(statements) > 20
    assert asking == [], "pass the day, or the instant at which it begins, as a parameter"


@pytest.mark.parametrize(
    "source",
    [
        "date.today()",
        "datetime.today()",
        "datetime.now(UTC).date()",
        "(on or datetime.now().astimezone()).date().isoformat()",
        "entry.envelope.time.date()",
        "date.fromtimestamp(0)",
        "time.localtime()",
    ],
)
def test_a_day_by_a_clock_is_noticed(source: str) -> None:
    assert list(days_by_a_clock(ast.parse(source)))


@pytest.mark.parametrize(
    "statement",
    ["WHERE r.at >= date_trunc('day', clock_timestamp())", "SELECT CURRENT_DATE", "SELECT now()::date"],
)
def test_a_day_by_the_database_is_noticed(statement: str) -> None:
    assert IN_SQL.search(statement)
