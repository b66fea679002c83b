"""The rows of a file, whatever it is: separated text read strictly, or a sheet of a workbook."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from chassis.sentences import Sentence
from console.exits import REFUSED, CommandFailed
from console.importing.encodings import encoding_of, is_workbook, told_encoding
from console.importing.mapping import ColumnMapping
from console.importing.problems import RowProblem
from console.importing.separated import TextLine, delimiter_of, read_lines

MAX_SHEET_BYTES = 256 << 20
"""Of a workbook's XML: a sheet is read as a whole, and takes some times as much memory."""

Cells = Sequence[object]
"""Texts; of a workbook also numbers, days and whether."""


class FileRow(NamedTuple):
    """A row with the number of its line (from 1), or why it cannot be read as one."""

    number: int
    cells: Cells
    problem: RowProblem | None = None


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that is understood: its headings, and how it was read, for whoever imports; its rows, again and again."""

    path: Path
    mapping: ColumnMapping
    headings: tuple[str, ...]
    told: dict[str, object]
    lines: LineSource

    def rows(self) -> Iterator[FileRow]:
        """The rows between the lines that the mapping skips; empty ones are no rows."""
        first = self.mapping.skip_above + (1 if self.mapping.header else 0)
        wanted = self.lines.without_first(first)
        width = len(self.headings)
        lines = _without_last(wanted, self.mapping.skip_below) if self.mapping.skip_below else wanted
        for line in lines:
            if line.problem is not None:
                yield FileRow(line.number, [], line.problem)
            elif len(line.cells) != width:
                if any(cell not in {"", None} for cell in line.cells):
                    yield FileRow(line.number, [], _other_width(len(line.cells), width))
            elif line.cells[0] or any(cell not in {"", None} for cell in line.cells):
                yield FileRow(line.number, line.cells)


class LineSource:
    """The lines of a file, from its first, each time anew."""

    def __init__(self, path: Path, skip_above: int, *, encoding: str | None, delimiter: str, sheet: str | None) -> None:
        self.path = path
        self.skip_above = skip_above
        self.encoding = encoding
        self.delimiter = delimiter
        self.sheet = sheet

    def all(self) -> Iterator[TextLine]:
        """Every line, the first of them with the headings and what stands above."""
        if self.encoding is None:
            return _sheet_lines(self.path, self.sheet)
        return read_lines(self.path, self.encoding, self.delimiter, self.skip_above)

    def without_first(self, count: int) -> Iterator[TextLine]:
        """The lines behind so many."""
        lines = self.all()
        for line in lines:
            if line.number > count:
                return chain((line,), lines)
        return iter(())


def open_table(path: Path, mapping: ColumnMapping) -> TableFile:
    """Find out how a file is written; CommandFailed where that cannot be told."""
    told: dict[str, object]
    if is_workbook(path):
        sheet = _sheet_name(path, mapping.sheet)
        lines = LineSource(path, mapping.skip_above, encoding=None, delimiter="", sheet=sheet)
        told = {"encoding": Sentence("a workbook, sheet {sheet}", sheet=sheet)}
    else:
        encoding = encoding_of(path, mapping.encoding)
        delimiter, is_declared = delimiter_of(path, encoding.name, mapping)
        lines = LineSource(path, mapping.skip_above, encoding=encoding.name, delimiter=delimiter, sheet=None)
        told = {"encoding": told_encoding(encoding), "separator": _told_delimiter(delimiter, is_declared=is_declared)}
    return TableFile(path, mapping, _headings(lines, mapping), told, lines)


def _told_delimiter(delimiter: str, *, is_declared: bool) -> Sentence:
    shown = "TAB" if delimiter == "\t" else delimiter
    if is_declared:
        return Sentence("{sign}, as the mapping says", sign=shown)
    return Sentence("{sign}, recognised", sign=shown)


def _headings(lines: LineSource, mapping: ColumnMapping) -> tuple[str, ...]:
    """The headings, or as many empty ones as the first line has cells where a file has none."""
    first = next(lines.without_first(mapping.skip_above), None)
    if first is None or first.problem is not None:
        raise CommandFailed("{path} has no line with headings.", REFUSED, path=lines.path.name)
    if not mapping.header:
        return ("",) * len(first.cells)
    return tuple(" ".join(str(cell).split()) if cell is not None else "" for cell in first.cells)


def _without_last(lines: Iterable[TextLine], count: int) -> Iterator[TextLine]:
    held: deque[TextLine] = deque(maxlen=count)
    for line in lines:
        if not any(cell not in {"", None} for cell in line.cells) and line.problem is None:
            continue
        if len(held) == count:
            yield held[0]
        held.append(line)


def _other_width(found: int, wanted: int) -> RowProblem:
    return RowProblem(
        "",
        Sentence("The line has {found} cells, and the headings are {wanted}.", found=found, wanted=wanted),
        Sentence("Put what has a separator in it, such as an amount with a comma, between quotes."),
    )


def _sheet_name(path: Path, wanted: str | None) -> str:
    """The sheet that is meant: the named one, or the only one that people see."""
    try:
        with ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > MAX_SHEET_BYTES:
            raise CommandFailed(
                "{path} is a workbook of {size} bytes when unpacked, and at most {limit} are read: save it as CSV.",
                REFUSED,
                path=path.name,
                size=size,
                limit=MAX_SHEET_BYTES,
            )
        with CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
    except (BadZipFile, CalamineError, OSError, ValueError) as error:
        raise CommandFailed(
            "{path} is no workbook that can be read: {error}", REFUSED, path=path.name, error=error
        ) from error
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is None or wanted not in names:
        raise CommandFailed(
            "{path} has the sheets {names}: say in the mapping which one is meant, by `sheet:`.",
            REFUSED,
            path=path.name,
            names=", ".join(names),
        )
    return wanted


def _sheet_lines(path: Path, sheet: str | None) -> Iterator[TextLine]:
    assert sheet is not None, "a workbook's sheet was chosen when it was opened"
    with CalamineWorkbook.from_path(path) as workbook:
        found = workbook.get_sheet_by_name(sheet)
        rows = found.to_python(skip_empty_area=False)
    for number, cells in enumerate(rows, 1):
        yield TextLine(number, list(cells))
