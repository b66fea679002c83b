"""What the gates look at: the files of this repository, as git sees them."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "chassis", "read_model", "services", "console", "deploy")
MIGRATION = re.compile(r"^\d{4}_\w+\.sql$")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or could be, committed: tracked ones and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(sorted(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()))


def named(path: Path) -> str:
    """The path as a person writes it, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> tuple[Path, ...]:
    """The Python files under the given top-level folders, or all of them."""
    found = (path for path in files() if path.suffix == ".py")
    return tuple(path for path in found if not folders or path.relative_to(ROOT).parts[0] in folders)


def query_files() -> list[Path]:
    """The .sql files of named queries."""
    rest = (path for path in files() if path.suffix == ".sql" and not MIGRATION.match(path.name))
    return [path for path in rest if "-- name:" in path.read_text(encoding="utf-8")]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of one Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=named(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of one Python file, however deep."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def docstrings(path: Path) -> set[int]:
    """The ids of the syntax nodes that are docstrings, so that a check of texts can pass them over."""
    found = set()
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not node.body:
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            found.add(id(first.value))
    return found
