"""The rows of an import as they are shown, and the file that keeps them until they are."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from chassis.notations import BELGIAN, DANISH, DUTCH, ENGLISH, Cell, Notation
from chassis.sentences import Retold, Said
from console.importing.examination import Fate
from console.languages import spoken
from console.words import coded, word
from contracts.library import ItemPosted
from contracts.money import to_decimal

Record = dict[str, Any]
"""A row as it is shown: its number, its outcome, what it is about, and what is said of it."""

TAKEN = frozenset({"new", "taken", "in-books", "left-out"})
"""Outcomes that need nobody: what a row says is in the books, or goes there, or is not wanted there."""
NOTATIONS: Mapping[str, Notation] = {"nl": DUTCH, "nl-BE": BELGIAN, "da": DANISH}
BYTE_ORDER_MARK = "\ufeff"


def record_of(fate: Fate) -> Record:
    """A row as it is shown."""
    record: Record = {"row": fate.row, "outcome": fate.outcome}
    event = fate.made.event if fate.made else None
    if event is not None:
        record["party_id"] = event.party_id
    if isinstance(event, ItemPosted) and fate.made is not None:
        record |= {"item_id": event.item_id, "amount": event.amount, "currency": event.currency}
        if fate.made.following:
            record["open_amount"] = fate.made.open_amount
        record["item_date"] = event.item_date.isoformat()
    if fate.problem is not None:
        record |= {"column": fate.problem.column, "reason": fate.problem.reason, "remedy": fate.problem.remedy}
    return record


@dataclass(slots=True)
class Totals:
    """What rows add up to, per currency and outcome, in minor units."""

    sums: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, fate: Fate) -> None:
        """Count a row in that says an amount."""
        if fate.made is None or not isinstance(fate.made.event, ItemPosted):
            return
        item = fate.made.event
        entry = self.sums.setdefault((item.currency, fate.outcome), [0, 0, 0, 0])
        entry[0] += 1
        entry[1 if item.amount > 0 else 2] += item.amount
        entry[3] += fate.made.open_amount or 0

    def rows(self) -> list[Record]:
        """A line per currency and outcome."""
        return [
            {
                "currency": currency,
                "outcome": outcome,
                "count": count,
                "charges": charges,
                "credits": credits_,
                "amount": charges + credits_,
                "open_amount": still_open,
            }
            for (currency, outcome), (count, charges, credits_, still_open) in sorted(self.sums.items())
        ]


TOTAL_COLUMNS = ("currency", "outcome", "count", "charges", "credits", "amount", "open_amount")


class Spool:
    """Rows in a temporary file, one a line, as often as they are wanted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.counts: Counter[str] = Counter()

    def add(self, record: Mapping[str, Any]) -> None:
        """Keep a row. What is said of it stays English here, and is said in the reader's language when it is shown."""
        self.counts[record["outcome"]] += 1
        self._file.write(json.dumps(record, ensure_ascii=False, default=str).encode() + b"\n")

    def count(self, outcome: str) -> None:
        """Count a row that nobody is going to see."""
        self.counts[outcome] += 1

    def __iter__(self) -> Iterator[Record]:
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            record = json.loads(line)
            for name in ("reason", "remedy"):
                if record.get(name):
                    record[name] = Retold(record[name])
            yield record


@contextmanager
def spooled() -> Iterator[Spool]:
    """An empty spool; its file is gone afterwards."""
    with TemporaryFile(prefix="openitems-import-") as file:
        yield Spool(file)


def write_json(facts: Mapping[str, Any], rows: Iterable[Record]) -> None:
    """One object on standard output: the facts, then the rows one by one, so that a long list costs no memory."""
    head = json.dumps(dict(facts), indent=1, default=str, ensure_ascii=False).rstrip("}\n ")
    sys.stdout.write(f'{head},\n "rows": [')
    separator = "\n  "
    for row in rows:
        sys.stdout.write(separator + json.dumps(row, default=str, ensure_ascii=False))
        separator = ",\n  "
    sys.stdout.write("\n ]\n}\n")


def write_report(path: Path, rows: Iterable[Record], columns: tuple[str, ...], language: str) -> None:
    """A CSV for the spreadsheet of whoever imports; it appears only when it is whole."""
    notation = NOTATIONS.get(language, ENGLISH)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file, delimiter=notation.delimiter, lineterminator="\r\n")
        writer.writerow([notation.text(word(column, language)) for column in columns])
        for row in rows:
            writer.writerow([notation.text(_cell(column, row, language)) for column in columns])
    partial.replace(path)


def _cell(column: str, row: Record, language: str) -> Cell:
    value = row.get(column)
    if column in {"amount", "open_amount"} and isinstance(value, int):
        return to_decimal(value, row["currency"])
    if isinstance(value, Said):
        return spoken(value, language)
    if column in CODED and isinstance(value, str):
        return coded(value, language)
    return value if isinstance(value, int) or value is None else str(value)


CODED = frozenset({"outcome", "selection", "matching", "reminders", "writeoff"})
