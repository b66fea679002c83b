"""Signatures say what they take, and names mean one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.gates.tree import PACKAGES, named, parsed, python_files


def packed_parameters(tree: ast.Module) -> Iterator[str]:
    """Parameters that are tuples of a fixed length: several arguments in one, whose places nobody can name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                if argument.annotation and packs(argument.annotation):
                    yield f"{node.name}.{argument.arg}"


def packs(annotation: ast.expr) -> bool:
    """Whether an annotation, or one side of its `|`, is a tuple of two or more different places."""
    if isinstance(annotation, ast.BinOp):
        return packs(annotation.left) or packs(annotation.right)
    match annotation:
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[_, *_, ast.Constant(value=last)])):
            return last is not ...
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[_, _, *_])):
            return True
        case _:
            return False


def part_of(path: Path) -> str:
    """Where a class's name must mean one thing: its service, or the package that it is in."""
    package, inner, *_ = named(path).split("/")
    return f"{package}/{inner}" if package == "services" else package


def of_several(classes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that classes of several parts have, with these; `classes` are (part, name)."""
    found: dict[str, set[str]] = defaultdict(set)
    for part, name in classes:
        if not name.startswith("_"):
            found[name].add(part)
    return {name: sorted(parts) for name, parts in found.items() if len(parts) > 1}


def test_no_parameter_packs_several_arguments() -> None:
    found = [
        f"{named(path)} {parameter}"
        for path in python_files(*PACKAGES)
        for parameter in packed_parameters(parsed(path))
    ]

    assert found == []


def test_no_two_parts_of_the_house_have_a_class_of_the_same_name() -> None:
    classes = [
        (part_of(path), node.name)
        for path in python_files(*PACKAGES)
        for node in parsed(path).body
        if isinstance(node, ast.ClassDef)
    ]

    assert of_several(classes) == {}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("tuple[Booking, Rules]", True),
        ("tuple[str, str]", True),
        ("tuple[str, int, bool] | None", True),
        ("tuple[str, ...]", False),
        ("Sequence[tuple[str, int]]", False),
        ("Mapping[str, int]", False),
    ],
)
def test_a_tuple_that_packs_arguments_is_recognised(annotation: str, *, expected: bool) -> None:
    tree = ast.parse(f"def book(amount: int, wish: {annotation}, *, loud: bool) -> None: ...")

    assert list(packed_parameters(tree)) == (["book.wish"] if expected else [])


def test_a_name_that_two_services_use_is_noticed() -> None:
    classes = [
        ("services/matching", "Run"),
        ("services/matching", "Run"),
        ("services/writeoff", "Run"),
        ("services/matching", "Match"),
        ("services/matching", "_Key"),
        ("services/writeoff", "_Key"),
    ]

    assert of_several(classes) == {"Run": ["services/matching", "services/writeoff"]}
