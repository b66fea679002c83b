"""Signatures say what they take, and names mean one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

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
    """Whether an annotation, one side of its `|`, or what it annotates, is a tuple of two or more different places."""
    if isinstance(annotation, ast.BinOp):
        return packs(annotation.left) or packs(annotation.right)
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[annotated, *_])):
            return packs(annotated)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=optional):
            return packs(optional)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[_, *_, ast.Constant(value=last)])):
            return last is not ...
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[_, _, *_])):
            return True
        case _:
            return False


def of_several(classes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that classes of several modules have, with these; `classes` are (module, name)."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, name in classes:
        if not name.startswith("_"):
            found[name].add(module)
    return {name: sorted(modules) for name, modules in found.items() if len(modules) > 1}


def test_no_parameter_packs_several_arguments() -> None:
    found = [
        f"{named(path)} {parameter}"
        for path in python_files(*PACKAGES)
        for parameter in packed_parameters(parsed(path))
    ]

    assert found == []


def test_no_two_modules_have_a_class_of_the_same_name() -> None:
    classes = [
        (named(path), node.name)
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
        ("Annotated[tuple[str, int], Depends(wished)]", True),
        ("Optional[tuple[str, int]]", True),
        ("tuple[str, ...]", False),
        ("Sequence[tuple[str, int]]", False),
        ("Mapping[str, int]", False),
    ],
)
def test_a_tuple_that_packs_arguments_is_recognised(annotation: str, *, expected: bool) -> None:
    tree = ast.parse(f"def book(amount: int, wish: {annotation}, *, loud: bool) -> None: ...")

    assert list(packed_parameters(tree)) == (["book.wish"] if expected else [])


def test_a_name_that_two_modules_use_is_noticed() -> None:
    classes = [
        ("services/matching/api/runs.py", "Run"),
        ("services/writeoff/api/runs.py", "Run"),
        ("services/matching/api/runs.py", "Event"),
        ("services/matching/operations/runs.py", "Event"),
        ("services/matching/api/runs.py", "Match"),
        ("services/matching/api/runs.py", "_Key"),
        ("services/writeoff/api/runs.py", "_Key"),
    ]

    assert of_several(classes) == {
        "Run": ["services/matching/api/runs.py", "services/writeoff/api/runs.py"],
        "Event": ["services/matching/api/runs.py", "services/matching/operations/runs.py"],
    }
