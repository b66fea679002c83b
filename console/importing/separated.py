"""Separated text, read strictly: a quote that is never closed costs its own line, and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from chassis.sentences import Sentence
from console.exits import REFUSED, CommandFailed
from console.importing.mapping import ColumnMapping, place_of
from console.importing.problems import RowProblem

DELIMITERS = (";", ",", "\t", "|")
MAX_CELL_CHARACTERS = 131_072
MAX_CELL_LINES = 50
"""Lines that a quoted cell goes on over at most; one that goes on for longer was never closed."""
SAMPLE_LINES = 50


class TextLine(NamedTuple):
    """A record of a file by the number of its first line, or why it is none."""

    number: int
    cells: Sequence[object]
    problem: RowProblem | None = None


class _NotClosed(Exception):
    """A quoted cell goes on for too many lines."""


class _Feed:
    """The lines of a text file for the reader of CSV, which may give back what a quote made it take too many of."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []
        """Lines that the present record is made of."""
        self.number = 0
        """The number of the line that was taken last."""

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.taken) > MAX_CELL_LINES:
            raise _NotClosed
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line

    def give_back_all_but_first(self) -> None:
        """Take the present record's first line for itself, and the others anew."""
        later = self.taken[1:]
        self._given_back.extendleft(reversed(later))
        self.number -= len(later)


def read_lines(path: Path, encoding: str, delimiter: str, skip_above: int = 0) -> Iterator[TextLine]:
    """The records of a file, in its order; what is none is told by its own line, and the next one is read as ever.

    A quoted cell may have line breaks in it. It was never closed, though, when one of its further lines looks like a
    record of its own: when it has as many separators as the line of headings, which stands behind the skipped ones.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with path.open(encoding=encoding, newline="") as file:
        feed = _Feed(iter(file))
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        separators = 0
        while True:
            feed.taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _NotClosed) as error:
                yield _spoilt(feed, error)
                reader = csv.reader(feed, delimiter=delimiter, strict=True)
                continue
            if feed.number > skip_above:
                separators = separators or len(cells) - 1
            if len(feed.taken) > 1 and _swallowed(feed.taken, delimiter, separators):
                yield _spoilt(feed, None)
                continue
            yield TextLine(feed.number - len(feed.taken) + 1, cells)


def _swallowed(taken: list[str], delimiter: str, separators: int) -> bool:
    """Whether a record of many lines is more than one: a further line of it looks like a record."""
    return separators == 0 or any(line.count(delimiter) >= separators for line in taken[1:])


def _spoilt(feed: _Feed, error: Exception | None) -> TextLine:
    """What is said of a line that is no record; the reader goes on at the line behind it."""
    number = feed.number - len(feed.taken) + 1
    is_one_line = len(feed.taken) == 1 and isinstance(error, csv.Error)
    feed.give_back_all_but_first()
    if is_one_line and "unexpected end of data" not in str(error):
        reason = Sentence("A quoted cell does not end at a separator.")
    else:
        reason = Sentence("A quote opens a cell and is not closed on its line.")
    remedy = Sentence("Write a quote within a quoted cell twice, or leave it out.")
    return TextLine(number, [], RowProblem("", reason, remedy))


def delimiter_of(path: Path, encoding: str, mapping: ColumnMapping) -> tuple[str, bool]:
    """The separator, and whether the mapping declares it; CommandFailed where it cannot be recognised.

    It is the one by which the line of headings has the columns that the mapping names, and the lines behind it as many
    cells.
    """
    if mapping.delimiter is not None:
        return mapping.delimiter, True
    wanted = _headings_wanted(mapping)
    found = [sign for sign in DELIMITERS if _fits(path, encoding, sign, mapping, wanted)]
    if len(found) != 1:
        raise CommandFailed(
            "The separator of {path} is not recognised: say in the mapping which it is, by `delimiter:`, and look "
            "whether its headings are those that the mapping names: {names}.",
            REFUSED,
            path=path.name,
            names=", ".join(sorted(wanted)) or "-",
        )
    return found[0], False


def _headings_wanted(mapping: ColumnMapping) -> set[str]:
    places = (place_of(given) for given in mapping.columns.values())
    return {place.column for place in places if isinstance(place.column, str)}


def _fits(path: Path, encoding: str, sign: str, mapping: ColumnMapping, wanted: set[str]) -> bool:
    lines = islice(read_lines(path, encoding, sign, mapping.skip_above), mapping.skip_above + SAMPLE_LINES)
    whole = [line for line in lines if line.problem is None and line.cells and line.number > mapping.skip_above]
    if not whole or len(whole[0].cells) < 2:  # noqa: PLR2004 - a file of one column has no separator
        return False
    headings = {" ".join(str(cell).split()) for cell in whole[0].cells}
    if mapping.header and wanted:
        return wanted <= headings or (not wanted.isdisjoint(headings) and len(headings & wanted) > 1)
    places = (place_of(given).position or 1 for given in mapping.columns.values())
    return len(whole[0].cells) >= max(places) and all(len(line.cells) == len(whole[0].cells) for line in whole)
