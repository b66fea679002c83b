"""Options that several commands of `openitems selection` take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from console.exits import USAGE, CommandFailed

Where = Annotated[
    str | None,
    typer.Option(
        "--where", help="Criteria as text: open_amount > 100 and age > 2 years and status in (open, invoiced)."
    ),
]
CriteriaFile = Annotated[Path | None, typer.Option("--criteria-file", help="Criteria as a JSON tree in a file.")]
SetType = Annotated[str, typer.Option("--type", help="items or parties.")]


def criteria_of(where: str | None, file: Path | None) -> str | dict[str, Any] | None:
    """The criteria in the form in which they were given; CommandFailed when both or a broken file were."""
    if where and file:
        raise CommandFailed("Give criteria either as --where or as --criteria-file.", USAGE)
    if file is None:
        return where
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed("{file} cannot be read as JSON: {error}", USAGE, file=file, error=error) from error
    if not isinstance(read, dict):
        raise CommandFailed("{file} holds no criteria tree: it must be one JSON object.", USAGE, file=file)
    return read
