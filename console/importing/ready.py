"""Mappings: of the person's own, or one of those that come along, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from chassis.sentences import Sentence
from chassis.violations import violation_of
from console.exits import USAGE, CommandFailed
from console.importing.fields import check_mapping
from console.importing.mapping import ColumnMapping, Kind, whole_mapping

FOLDER = "mappings"
SUFFIX = ".yaml"
FORMS = frozenset({"str", "Source", "Place", "SignColumn"})
"""How pydantic calls the forms of a field; no mapping has these words."""


def read_mapping(name: str, kind: Kind, year: int | None = None) -> ColumnMapping:
    """The mapping in a YAML file, or the ready one of this name; CommandFailed names what is wrong with it.

    `year` is that of dates without one; it goes before the mapping's own.
    """
    document = _document(name)
    if year is not None and isinstance(document, dict):
        document["year"] = year
    try:
        mapping = whole_mapping(document)
    except ValidationError as error:
        raise _no_mapping(name, error) from error
    check_mapping(mapping, kind)
    return mapping


def _no_mapping(name: str, error: ValidationError) -> CommandFailed:
    """What is wrong with a mapping: of a field's forms the one that says more than that it is no text."""
    errors = error.errors(include_url=False)
    told = max(errors, key=lambda one: (one["type"] != "string_type", len(one["loc"])))
    where = ".".join(str(part) for part in told["loc"] if part not in FORMS)
    return CommandFailed(
        "{path} is no column mapping: {where}: {violation}",
        USAGE,
        path=name,
        where=where or Sentence("the document"),
        violation=violation_of(told),
    )


def _document(name: str) -> Any:
    path = Path(name)
    ready = files(__package__) / FOLDER / f"{name}{SUFFIX}"
    try:
        if path.is_file():
            text = path.read_text("utf-8")
        elif name.replace("-", "").isalnum() and ready.is_file():
            text = ready.read_text("utf-8")
        else:
            raise CommandFailed(
                "There is no mapping {name}: name a file, or one of {known}.",
                USAGE,
                name=name,
                known=", ".join(sorted(row["name"] for row in ready_mappings())),
            )
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandFailed("{path} is no column mapping: {error}", USAGE, path=name, error=error) from error


def ready_mappings() -> Iterator[dict[str, Any]]:
    """The mappings that come along, by name."""
    for entry in sorted((files(__package__) / FOLDER).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(SUFFIX):
            mapping = whole_mapping(yaml.safe_load(entry.read_text("utf-8")))
            yield {"name": entry.name.removesuffix(SUFFIX), "imports": mapping.imports, "title": mapping.title}
