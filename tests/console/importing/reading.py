"""Reads a file through a mapping, as an import does before it asks the books: what each row becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from console.importing.columns import bind
from console.importing.examination import Examiner, Fate
from console.importing.fields import check_mapping
from console.importing.made import ImportTerms
from console.importing.mapping import ColumnMapping, Kind, whole_mapping
from console.importing.seen import nothing_seen
from console.importing.tables import open_table
from contracts.library import ItemPosted

VERSION = 1_700_000_000


class Unasked:
    """A session that nobody may ask anything."""


def terms_of(mapping: ColumnMapping, kind: Kind, **more: Any) -> ImportTerms:
    """The terms of an import into the demonstration's books."""
    return ImportTerms(
        administration="demo",
        employee="o.peeters",
        kind=kind,
        version=VERSION,
        opening_journal=mapping.opening.journal if mapping.opening else None,
        **more,
    )


def fates_of(path: Path, document: Mapping[str, Any], kind: Kind = "items", **more: Any) -> list[Fate]:
    """What becomes of each row by itself and beside the rows before it."""
    mapping = whole_mapping(dict(document))
    check_mapping(mapping, kind)
    table = open_table(path, mapping)
    reader = bind(mapping, table.headings, kind)
    examiner = Examiner(Unasked(), table, reader, terms_of(mapping, kind, **more))  # type: ignore[arg-type]
    with nothing_seen() as seen:
        return [fate for chunk in examiner._chunks(seen) for fate in chunk]


def told(fates: list[Fate]) -> list[tuple[int, str]]:
    """The rows and their outcomes."""
    return [(fate.row, fate.outcome) for fate in fates]


def amounts(fates: list[Fate]) -> list[int]:
    """The amounts of the rows that become something new, in minor units."""
    return [fate.made.event.amount for fate in fates if fate.outcome == "new" and _is_item(fate)]  # type: ignore[union-attr]


def _is_item(fate: Fate) -> bool:
    return fate.made is not None and isinstance(fate.made.event, ItemPosted)


def first_refusal(fates: list[Fate]) -> str:
    """What is said of the first row that is refused: column, reason and remedy."""
    problem = next(fate.problem for fate in fates if fate.outcome == "refused")
    assert problem is not None, "who refuses says why"
    return f"{problem.column}: {problem.reason} {problem.remedy}"


ITEMS: dict[str, Any] = {
    "columns": {
        "party_id": "Klant",
        "item_id": "Factuur",
        "amount": "Bedrag",
        "item_date": "Datum",
        "journal": {"value": "V10"},
    },
    "date_format": "%d-%m-%Y",
    "decimal": ",",
}
"""A plain mapping of items."""


def with_columns(document: Mapping[str, Any], **columns: Any) -> dict[str, Any]:
    """The mapping with other columns; None takes one away."""
    merged = {name: given for name, given in {**document["columns"], **columns}.items() if given is not None}
    return {**document, "columns": merged}


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    """A file of a text, as it is."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


FIRST_DAY = date(2026, 1, 1)
