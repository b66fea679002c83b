"""What is long says why it is as it is, and docstrings say something."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.gates.tree import PACKAGES, named, parsed, python_files, query_files

LONG_STATEMENT_LINES = 30
LONG_FUNCTION_LINES = 30
HEADER_LINES_MIN = 2
DOCSTRING_WORDS_MIN = 5

SAYS_NOTHING = re.compile(
    r"^(A thing that|What (names \w+\.|the service takes)|The (names|same|rows|values)\.|Everything that \w+ \w+\."
    r"|Helper|Utilit|Various|Some (more )?(routes|functions)|Routes that \w+\.)"
)
"""How docstrings begin that say nothing which the name does not."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def unexplained_statements(text: str) -> Iterator[str]:
    """Long statements of a file of queries without a header of two lines, or without a comment at a step."""
    pieces = re.split(r"^-- name: (\w+)[ \t]*$", text, flags=re.MULTILINE)
    for name, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        lines = piece.strip().splitlines()
        header = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
        statement = lines[header:]
        if len(statement) > LONG_STATEMENT_LINES and (
            header < HEADER_LINES_MIN or not any("--" in line for line in statement)
        ):
            yield name


def unexplained_functions(text: str) -> Iterator[str]:
    """Long functions without a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if len(lines) > LONG_FUNCTION_LINES and comments.isdisjoint(lines):
                yield node.name


def vague_docstrings(tree: ast.Module, *, is_help: bool = False) -> Iterator[str]:
    """Docstrings of fewer than five words, or that begin as those do that say nothing.

    The words of a command's help (`is_help`) are for people, who read them beside the command's name: they may be few.
    """
    for node in ast.walk(tree):
        text = ast.get_docstring(node) if isinstance(node, Documented) else None
        if text and ((len(text.split()) < DOCSTRING_WORDS_MIN and not is_help) or SAYS_NOTHING.match(text)):
            yield text.splitlines()[0]


def test_long_statements_explain_themselves() -> None:
    found = [
        f"{named(path)}: {name}" for path in query_files() for name in unexplained_statements(path.read_text("utf-8"))
    ]

    assert found == []


def test_long_functions_of_the_domain_and_of_operations_explain_themselves() -> None:
    found = [
        f"{named(path)}: {name}"
        for path in python_files("services")
        if {"domain", "operations"} & set(path.parts)
        for name in unexplained_functions(path.read_text("utf-8"))
    ]

    assert found == []


def test_docstrings_say_something() -> None:
    found = [
        f"{named(path)}: {text}"
        for path in python_files(*PACKAGES)
        for text in vague_docstrings(parsed(path), is_help=named(path).startswith("console/"))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("header", "inside", "expected"),
    [
        ("", "", ["long"]),
        ("-- One.\n", "-- Why.\n", ["long"]),
        ("-- One.\n-- Two.\n", "", ["long"]),
        ("-- One.\n-- Two.\n", "-- Why.\n", []),
    ],
)
def test_a_long_statement_without_an_explanation_is_noticed(header: str, inside: str, expected: list[str]) -> None:
    text = f"-- name: short\nSELECT 1;\n\n-- name: long\n{header}SELECT\n{inside}" + "    1,\n" * 30 + "    2;\n"

    assert list(unexplained_statements(text)) == expected


@pytest.mark.parametrize(("line", "expected"), [("    x = 1\n", ["long"]), ("    x = 1  # since\n", [])])
def test_a_long_function_without_a_comment_is_noticed(line: str, expected: list[str]) -> None:
    text = "def short():\n    pass\n\ndef long():\n" + "    x = 1\n" * 30 + line

    assert list(unexplained_functions(text)) == expected


@pytest.mark.parametrize(
    ("text", "is_help", "expected"),
    [
        ("The names.", False, True),
        ("The names.", True, True),
        ("Write-offs, newest first.", True, False),
        ("Write-offs, newest first.", False, True),
        ("A thing that is read by everybody.", False, True),
        ("What names it.", True, True),
        ("Everything that looks back.", True, True),
        ("Everything that decides about an item but the item itself.", False, False),
        ("Which charge a credit settles first.", False, False),
    ],
)
def test_a_docstring_that_says_nothing_is_noticed(text: str, *, is_help: bool, expected: bool) -> None:
    found = list(vague_docstrings(ast.parse(f'def it():\n    """{text}"""'), is_help=is_help))

    assert found == ([text] if expected else [])
