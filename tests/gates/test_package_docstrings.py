"""What a package says of its modules is so: every name in its docstring is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.gates.tree import ROOT

PLACES = ("contracts", "chassis", "read_model", "services", "console", "deploy")
NAMED = re.compile(r"`([a-z_]\w*(?:\.\w+)*)/?`")
PACKAGES = sorted(file.parent for place in PLACES for file in (ROOT / place).rglob("__init__.py"))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def quoted(top: str) -> frozenset[str]:
    """Every text that the code of a top-level package quotes: names of metrics, checks, roles, headers."""
    nodes = (node for file in (ROOT / top).rglob("*.py") for node in ast.walk(tree(file)))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def there(package: Path) -> set[str]:
    """The package's own name, its modules and folders, and what they define."""
    found = {entry.stem for entry in package.iterdir()} | set(package.relative_to(ROOT).parts)
    for node in (node for file in package.rglob("*.py") for node in ast.walk(tree(file))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def is_there(name: str, package: Path) -> bool:
    """Whether a name is one of the package's; of a dotted one, its module and what the module defines."""
    *modules, last = name.split(".")
    place = (ROOT if modules[:1] and modules[0] in PLACES else package).joinpath(*modules)
    file = place.with_suffix(".py")
    if modules and file.exists():
        return bool(re.search(rf"^(?:class |(?:async )?def )?{last}\b", file.read_text("utf-8"), re.MULTILINE))
    return place.is_dir() and last in there(place) | quoted(package.relative_to(ROOT).parts[0])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(ROOT)))
def test_every_name_in_a_packages_docstring_is_there(package: Path) -> None:
    said = ast.get_docstring(tree(package / "__init__.py")) or ""

    assert [name for name in NAMED.findall(said) if not is_there(name, package)] == []


def test_a_name_that_is_not_there_is_noticed() -> None:
    package = ROOT / "chassis" / "consuming"

    assert is_there("dispatch", package)
    assert is_there("dispatch.Dispatcher", package)
    assert not is_there("sweeping", package)
    assert not is_there("dispatch.Sweeper", package)
