"""Reading a control report that came back: which members its rows still keep."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chassis.errors import Refused, TooLarge
from chassis.sentences import Sentence
from services.selection.domain.catalogue import SetType, catalogue
from services.selection.domain.languages import LANGUAGES

Key = tuple[str, str, str]
"""(party_id, item_id, currency); the currency is empty for items, the item for parties."""

MAX_ROWS = 500_000
UNTICKED = frozenset(
    {"", "0", "n", "☐", *(its.words["no"] for its in LANGUAGES.values()), *(its.false for its in LANGUAGES.values())}
)
_GUARDED = ("'=", "'+", "'-", "'@")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the identifying cells are; `tick` None when the report has no such column."""

    party: int
    item: int | None
    currency: int | None
    tick: int | None

    @property
    def last(self) -> int:
        """The rightmost of the identifying cells: a row must reach that far."""
        return max(self.party, self.item or 0, self.currency or 0)


def csv_rows(content: bytes) -> Iterator[Sequence[str]]:
    """Rows of a CSV file, whatever delimiter it was saved with; Refused when it is no UTF-8 or Windows text."""
    text = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise unreadable(Sentence("The file breaks off or is no CSV: {error}.", error=error)) from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable(Sentence("The file is neither UTF-8 nor Windows text."))


def unreadable(message: Sentence) -> Refused:
    """A file that cannot be read as a report."""
    return Refused("file-unreadable", message, field="file", remedy="Send the CSV or XLSX file that was exported.")


def kept_keys(rows: Iterable[Sequence[str]], set_type: SetType) -> list[Key]:
    """The members that a report still keeps: rows that are there and not unticked; empty ones say nothing."""
    read = iter(rows)
    columns = _columns(next(read, ()), set_type)
    keys: list[Key] = []
    for row in _without_footer(read):
        if len(keys) >= MAX_ROWS:
            raise TooLarge(
                "too-many-rows",
                "The file has more than {limit} rows.",
                limit=MAX_ROWS,
                field="file",
                remedy="Send back the report of a smaller set.",
            )
        if len(row) <= columns.last:
            raise unreadable(Sentence("A row has {count} cells, too few for its heading.", count=len(row)))
        if columns.tick is None or _cell(row, columns.tick).strip().lower() not in UNTICKED:
            keys.append((_cell(row, columns.party), _cell(row, columns.item), _cell(row, columns.currency)))
    return keys


def _without_footer(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Rows with something in them, but for the sentence that a report may end with.

    That one stands below an empty row and above nothing, alone in its row, and is of several words. Anything else that
    is no member is read as if it were one, and refused: nothing is lost without a word.
    """
    held: Sequence[str] | None = None
    is_below_empty = False
    for row in rows:
        filled = [place for place, cell in enumerate(row) if cell.strip()]
        if not filled:
            is_below_empty = True
            continue
        if held is not None:
            yield held
        is_footer = is_below_empty and filled == [0] and " " in row[0].strip()
        held = row if is_footer else None
        if not is_footer:
            yield row
        is_below_empty = False


def _cell(row: Sequence[str], column: int | None) -> str:
    if column is None or column >= len(row):
        return ""
    cell = row[column].strip()
    return cell[1:] if cell.startswith(_GUARDED) else cell


def _columns(heading: Sequence[str], set_type: SetType) -> Columns:
    places = {cell.strip().lower(): number for number, cell in enumerate(heading)}
    party = _place(places, "party_id")
    item = _place(places, "item_id") if set_type == "items" else None
    currency = _place(places, "account_currency") if set_type == "parties" else None
    ticks = [places[its.keep] for its in LANGUAGES.values() if its.keep in places]
    if party is None or (set_type == "items" and item is None):
        raise Refused(
            "no-report",
            "The file has no column that says which item and party a row is."
            if set_type == "items"
            else "The file has no column that says which party a row is.",
            field="file",
            remedy="Export the report with the fields party_id and item_id, and send that back.",
        )
    return Columns(party, item, currency, ticks[0] if ticks else None)


def _place(places: dict[str, int], name: str) -> int | None:
    field = catalogue()[name]
    names = [name, *(label.lower() for label in field.labels.values())]
    return next((places[known] for known in names if known in places), None)
