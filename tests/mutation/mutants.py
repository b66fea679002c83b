"""What can be changed in a module, as cosmic-ray's operators see it, and a sample of it."""

import ast
import difflib
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

SAME_OR_FORBIDDEN = re.compile(r"ReplaceComparisonOperator_(?!Is)\w+_Is(Not)?$")
"""`is` for `==` means the same of what Python keeps once, and is a warning with a literal."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module: its path from the root, and the whole text before and after."""

    module: str
    before: str
    after: str

    @property
    def lines(self) -> tuple[str, str]:
        """The changed lines as they were and as they are, without their indentation, each in one line."""
        changed = list(difflib.ndiff(self.before.splitlines(), self.after.splitlines()))
        was = " ".join(line[2:].strip() for line in changed if line.startswith("- "))
        becomes = " ".join(line[2:].strip() for line in changed if line.startswith("+ "))
        return was, becomes

    def __str__(self) -> str:
        """The change as a person reads it."""
        return "{}: {}  ->  {}".format(self.module, *self.lines)


def mutants(root: Path, modules: Sequence[Path], number: int, seed: int) -> list[Mutant]:
    """A sample of the changes that can be made to modules below `root`: at most one at each place, always the same.

    Places are drawn evenly, however many operators apply to them.
    """
    chosen = random.Random(seed)
    places = [(module, place) for module in sorted(modules) for place in sorted(changes(module))]
    chosen.shuffle(places)
    found: list[Mutant] = []
    for module, place in places:
        if len(found) == number:
            break
        before = module.read_text(encoding="utf-8")
        name, occurrence = chosen.choice(changes(module)[place])
        after = mutate_code(before, get_operator(name)(), occurrence)
        if after is not None and means_something_else(before, after):
            found.append(Mutant(module.relative_to(root).as_posix(), before, after))
    return found


def changes(module: Path) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """By place (line, column) the operators that apply there, each with which of its places it is."""
    tree = get_ast(module.read_text(encoding="utf-8"))
    found: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for name in operator_names():
        if not get_operator(name).arguments() and not SAME_OR_FORBIDDEN.search(name):
            for occurrence, place in enumerate(places_of(get_operator(name)(), tree)):
                found[place].append((name, occurrence))
    return found


def places_of(operator: Any, tree: Any) -> Iterator[tuple[int, int]]:
    """Where an operator applies, in its own order."""
    for node in ast_nodes(tree):
        for start, _ in operator.mutation_positions(node):
            yield start


def means_something_else(before: str, after: str) -> bool:
    """Whether a program differs from another by more than annotations and docstrings, which change nothing."""
    try:
        return meaning(before) != meaning(after)
    except SyntaxError:
        return False


def meaning(source: str) -> str:
    """A program's syntax tree without annotations, and without texts that nothing reads."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.arg():
                node.annotation = None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.returns = None
            case ast.AnnAssign():
                node.annotation = ast.Name("_")
            case ast.Expr(value=ast.Constant()):
                node.value = ast.Constant(None)
            case _:
                continue
    return ast.dump(tree)
