"""The measures of the house that no linter takes."""

import ast
import re
from pathlib import Path

import pytest

from tests.gates.tree import PACKAGES, ROOT, docstrings, files, functions, named, parsed, python_files

FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 300
ARGUMENTS_MAX = 5
ROUTED = {"get", "post", "put", "delete", "patch", "command", "callback"}

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
MEASURED_SUFFIXES = {".py", ".sql", ".typ", ".js", ".css"}
GENERATED = {"schema.sql"}
"""Written by a program from many files, each of which is measured."""
SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|TRUNCATE\s|GRANT\s|REVOKE\s|COPY\s+\S+\s+FROM\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|SCHEMA|DATABASE|ROLE|USER|INDEX|UNIQUE|TEMP|TYPE|FUNCTION|SEQUENCE|VIEW)\b)",
)
MACHINE = re.compile(
    r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/"
    r"|\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|maven\.org|proxy\.golang\.org|crates\.io|deb\.debian\.org)\b"
    r"|--(extra-)?index-url|--find-links",
)
TOUCHES_THE_WORLD = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "connect",
    "create_pool",
    "getenv",
    "now",
    "utcnow",
}


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return sum(argument.arg not in {"self", "cls"} for argument in every)


def is_an_interface(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the arguments are a route's parameters or a command's options: the framework reads them off."""
    takes_context = any(argument.arg == "context" for argument in function.args.args[:1])
    called = [decorator.func for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return takes_context or any(isinstance(func, ast.Attribute) and func.attr in ROUTED for func in called)


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long a function is without the functions in it, which are measured by themselves.

    The options of a command are a table that its help shows; its lines begin with its body.
    """
    inner = {
        line
        for node in ast.walk(function)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node is not function
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    begins = function.body[0].lineno if is_an_interface(function) else function.lineno
    return (function.end_lineno or function.lineno) - begins + 1 - len(inner)


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def test_no_function_is_longer_than_a_page() -> None:
    too_long = [
        f"{named(path)}:{function.lineno} {function.name}: {own_lines(function)} lines"
        for path in python_files()
        for function in functions(path)
        if own_lines(function) > FUNCTION_LINES_MAX
    ]

    assert not too_long


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    measured = [
        path
        for path in files()
        if path.suffix in MEASURED_SUFFIXES and "vendor" not in path.parts and path.name not in GENERATED
    ]

    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in measured}

    assert not {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX}


def test_no_function_takes_more_than_five_arguments() -> None:
    too_many = [
        f"{named(path)}:{function.lineno} {function.name}: {arguments(function)} arguments"
        for path in python_files()
        for function in functions(path)
        if arguments(function) > ARGUMENTS_MAX and not is_an_interface(function)
    ]

    assert not too_many


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    modules = [
        named(path)
        for path in python_files()
        for part in path.relative_to(ROOT).parts
        if words(part.removesuffix(".py")) & EMPTY_WORDS
    ]
    classes = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and words(node.name) & EMPTY_WORDS
    ]

    assert not modules + classes


SQL_IN_PLACE = {
    "console/importing/seen.py": "a temporary file of SQLite's: no service's tables, which alone have .sql files",
}
"""What has SQL and is no store, and why."""


def test_sql_is_written_in_sql_files_only() -> None:
    found = [
        f"{named(path)}:{node.lineno}: {node.value.strip()[:60]}"
        for path in python_files(*PACKAGES)
        if named(path) not in SQL_IN_PLACE
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in docstrings(path) and SQL.search(node.value)
    ]

    assert not found


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in files():
        if path == Path(__file__) or path.suffix in {".ttf", ".otf", ".pdf", ".png"}:
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()  # some samples are not in UTF-8
        found += [
            f"{named(path)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(lines, 1)
            if MACHINE.search(line)
        ]

    assert not found


def happens(statement: ast.stmt) -> bool:
    """Whether a statement at the top of a module does more than name things."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant) and not decorates(statement.value)
    if isinstance(statement, ast.If):
        return "__name__" not in ast.unparse(statement.test) and any(happens(inner) for inner in statement.body)
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
        return touches_the_world(statement.value)
    return isinstance(statement, ast.For | ast.While | ast.With | ast.Delete | ast.AugAssign | ast.Raise)


def decorates(value: ast.expr) -> bool:
    """Whether a call is a decorator put on by hand: `app.command("list")(list_items)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Call)


def touches_the_world(value: ast.expr) -> bool:
    for node in ast.walk(value):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in TOUCHES_THE_WORLD or (isinstance(node, ast.Attribute) and node.attr == "environ"):
            return True
    return False


def test_nothing_happens_at_import() -> None:
    found = [
        f"{named(path)}:{statement.lineno}: {ast.unparse(statement)[:60]}"
        for path in python_files(*PACKAGES)
        if path.name != "__main__.py"
        for statement in parsed(path).body
        if happens(statement)
    ]

    assert not found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"""A docstring."""', False),
        ("LIMIT = 5", False),
        ("pool = connect(DSN)", True),
        ("HOME = os.environ['HOME']", True),
        ("start()", True),
        ("app.command('list')(list_items)", False),
        ("for x in y: pass", True),
        ("if __name__ == '__main__': main()", False),
    ],
)
def test_what_happens_at_import_is_recognised(source: str, *, expected: bool) -> None:
    assert happens(ast.parse(source).body[0]) is expected
