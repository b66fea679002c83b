"""Whoever is refused is told what to do: every refusal has a remedy."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gates.sentences import bases, signatures
from tests.gates.tree import named, parsed, python_files

PACKAGES = ("chassis", "read_model", "services")
WITHIN_THE_CONSOLE = {"CommandFailed"}
"""Its sentences say the remedy themselves, with the command."""
OWN = {
    node.name: node
    for path in python_files(*PACKAGES)
    for node in ast.walk(parsed(path))
    if isinstance(node, ast.ClassDef) and bases(node) & signatures().keys()
}
"""The refusals that have a class of their own."""


def makes_its_own(name: str) -> bool:
    """Whether a refusal's class, or one that it is made of, is written to say what to do."""
    node = OWN.get(name)
    if node is None:
        return False
    own = next((one for one in node.body if getattr(one, "name", "") == "__init__"), None)
    return own is not None or any(map(makes_its_own, bases(node)))


def without_remedy(tree: ast.AST) -> Iterator[str]:
    """Refusals that say nothing of what to do: made with neither a remedy nor a class that has one."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", "")
        is_refusal = name in signatures().keys() - WITHIN_THE_CONSOLE and not makes_its_own(name)
        is_super = ast.unparse(call.func) == "super().__init__" and inside_a_refusal(tree, call)
        if (is_refusal or is_super) and not any(word.arg in {"remedy", None} for word in call.keywords):
            yield f"line {call.lineno}: {ast.unparse(call)[:100]}"


def inside_a_refusal(tree: ast.AST, call: ast.Call) -> bool:
    """Whether a call stands in the class of a refusal whose parents say no remedy themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and call in list(ast.walk(node)):
            parents = bases(node) & signatures().keys()
            return bool(parents) and not any(map(makes_its_own, parents))
    return False


@pytest.mark.parametrize("file", python_files(*PACKAGES), ids=named)
def test_every_refusal_says_what_to_do(file: Path) -> None:
    if named(file) == "chassis/errors.py":
        pytest.skip("the root of them: it hands the remedy on")

    assert list(without_remedy(parsed(file))) == [], "say with remedy= what to do instead"


@pytest.mark.parametrize(
    ("source", "is_noticed"),
    [
        ('Refused("code", "No shoe.")', True),
        ('raise NotFound("code", "No shoe {n}.", n=n, field="shoe")', True),
        ('Refused("code", "No shoe.", remedy="Give one.")', False),
        ("Refused(*facts, **others)", False),
        ('class NoShoe(Refused):\n    def __init__(self):\n        super().__init__("code", "No shoe.")', True),
        (
            'class NoShoe(Refused):\n    def __init__(self):\n        super().__init__("c", "No.", remedy="Give.")',
            False,
        ),
    ],
)
def test_a_refusal_without_a_remedy_is_noticed(source: str, *, is_noticed: bool) -> None:
    assert bool(list(without_remedy(ast.parse(source)))) is is_noticed
