"""Named SQL statements from a package's queries.sql: the only place where SQL is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)


class Queries(Mapping[str, str]):
    """Statements by name: `queries["add_job"]`, or `queries.add_job`."""

    def __init__(self, statements: dict[str, str]) -> None:
        self._statements = statements

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError as error:
            raise AttributeError(f"no query is named {name}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def parse_queries(text: str, source: str) -> dict[str, str]:
    """Split a file at its `-- name: some_name` lines; ValueError on text before the first, or a name twice."""
    head, *rest = _NAME.split(text)
    if any(line.strip() and not line.lstrip().startswith("--") for line in head.splitlines()):
        raise ValueError(f"{source}: SQL before the first `-- name:` line")
    statements: dict[str, str] = {}
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        if name in statements:
            raise ValueError(f"{source}: {name} is there twice")
        statements[name] = body.strip().rstrip(";")
    return statements


@cache
def load_queries(package: str) -> Queries:
    """All statements of a package: its queries.sql, or the .sql files in its folder `sql`."""
    root = files(package)
    folder = root / "sql"
    sources = (
        sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
        if folder.is_dir()
        else []
    )
    single = root / "queries.sql"
    if single.is_file():
        sources.append(single)
    statements: dict[str, str] = {}
    for source in sources:
        for name, statement in parse_queries(source.read_text("utf-8"), f"{package}/{source.name}").items():
            if name in statements:
                raise ValueError(f"{package}: {name} is there twice")
            statements[name] = statement
    return Queries(statements)
