"""The sentences that the code can say to people, as its source has them: templates, and the values they are given."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from string import Formatter

from tests.gates.tree import named, parsed, python_files

ROOTS = {"Refused": ("code", "message"), "Poison": ("code", "message"), "CommandFailed": ("message", "code", "problem")}
"""The errors that speak to people, with their arguments by position."""
SPOKEN = {"message", "remedy"}
RESERVED = {"field", "remedy"}
MAKES_TEXT = {"join", "format", "strip", "rstrip", "lstrip", "replace", "removesuffix", "removeprefix"}


@dataclass(frozen=True)
class Saying:
    """A call that says something: what it says where that is written there, else the expression that says it."""

    place: str
    texts: tuple[ast.expr, ...]
    values: frozenset[str] | None
    """None where values are handed on."""

    @property
    def templates(self) -> tuple[str, ...]:
        """The literal templates."""
        return tuple(text for expression in self.texts for text in literals(expression))

    @property
    def spoilt(self) -> list[ast.expr]:
        """Texts that are put together before they are said, so that nobody can translate them."""
        return [expression for expression in self.texts if any(map(puts_together, choices(expression)))]

    @property
    def is_whole(self) -> bool:
        """Whether every text is written here, so that its values must be too."""
        return all(isinstance(choice, ast.Constant) for text in self.texts for choice in choices(text))


def choices(expression: ast.expr) -> Iterator[ast.expr]:
    """The expressions that a text may come from: both sides of a condition."""
    if isinstance(expression, ast.IfExp):
        yield from choices(expression.body)
        yield from choices(expression.orelse)
    else:
        yield expression


def literals(expression: ast.expr) -> Iterator[str]:
    for choice in choices(expression):
        if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
            yield choice.value


def puts_together(expression: ast.expr) -> bool:
    if isinstance(expression, ast.Call):
        called = expression.func
        return (isinstance(called, ast.Attribute) and called.attr in MAKES_TEXT) or getattr(called, "id", "") == "str"
    return isinstance(expression, ast.JoinedStr | ast.BinOp | ast.Subscript)


@cache
def signatures() -> dict[str, tuple[str, ...]]:
    """The arguments, by position, of every error that speaks to people."""
    known = dict(ROOTS)
    classes = [node for path in python_files() for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]
    while True:
        found = {
            node.name: own_arguments(node) or known[parent]
            for node in classes
            if node.name not in known
            for parent in bases(node) & known.keys()
        }
        if not found:
            return known
        known |= found


def bases(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)}


def own_arguments(node: ast.ClassDef) -> tuple[str, ...] | None:
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return tuple(argument.arg for argument in (*inner.args.posonlyargs, *inner.args.args)[1:])
    return None


@cache
def sayings(folder: str) -> list[Saying]:
    """Everything that the code below a folder says, in the order of its files."""
    within = [path for path in python_files(folder.partition("/")[0]) if named(path).startswith(f"{folder}/")]
    return [saying for path in within for saying in said_in(parsed(path), named(path))]


def said_in(tree: ast.AST, name: str) -> Iterator[Saying]:
    """What one module says."""
    parents = {
        id(call): node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and bases(node) & signatures().keys()
        for call in ast.walk(node)
    }
    named_texts = {
        id(call): texts
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for texts in [assigned(function)]
        for call in ast.walk(function)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            texts = named_texts.get(id(call), {})
            arguments = spoken_arguments(call, parents.get(id(call)))
            written = [text for one in arguments for text in texts.get(getattr(one, "id", ""), [one])]
            if written:
                yield Saying(f"{name}:{call.lineno}", tuple(written), values_of(call))


def assigned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, list[ast.expr]]:
    """What the names of a function are made to mean in it."""
    meant: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in pairs(target, node.value):
                    meant.setdefault(name, []).append(value)
    return meant


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, meant in zip(target.elts, value.elts, strict=True):
            yield from pairs(one, meant)


def spoken_arguments(call: ast.Call, inside: ast.ClassDef | None) -> tuple[ast.expr, ...]:
    """The arguments of a call that are said to people."""
    called = call.func
    if isinstance(called, ast.Name) and called.id == "Sentence":
        return tuple(call.args[:1])
    if isinstance(called, ast.Name):
        signature = signatures().get(called.id, ())
    elif inside and ast.unparse(called) == "super().__init__":
        signature = signatures()[next(iter(bases(inside) & signatures().keys()))]
    else:
        return ()
    positional = [value for name, value in zip(signature, call.args, strict=False) if name in SPOKEN]
    by_name = [keyword.value for keyword in call.keywords if keyword.arg in SPOKEN & {*signature, "remedy"}]
    return (*positional, *(value for value in by_name if not is_none(value)))


def is_none(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and expression.value is None


def values_of(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name and name not in RESERVED)


def placeholders(template: str) -> frozenset[str]:
    """The placeholders of a template as they are written: `limit`, `name!r`, `seconds:.0f`."""
    return frozenset(
        field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, field, spec, conversion in Formatter().parse(template)
        if field is not None
    )


def value_names(template: str) -> frozenset[str]:
    """The values that a template needs: `journal` for {journal.code}."""
    return frozenset(field.partition(".")[0] for _, field, _, _ in Formatter().parse(template) if field)


def has_words(template: str) -> bool:
    """Whether there is something to translate besides the values."""
    return any(character.isalpha() for text, *_ in Formatter().parse(template) for character in text)
