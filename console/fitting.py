"""Tables as wide as a terminal: what does not fit is broken between words, and never within an amount or an id."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Sequence
from itertools import zip_longest

from rich.cells import cell_len

GAP = 1
"""Characters between two columns."""

Cells = Sequence[Sequence[str]]
"""The rows of a table, each with a cell for every column; the headings are a row like any other."""


def column_widths(rows: Cells, width: int) -> list[int] | None:
    """How wide each column of a table of this width is; None where its longest words do not fit beside each other.

    Each column gets what its longest word takes. What is left over goes to those that would be wider, by what they
    lack.
    """
    columns = list(zip(*rows, strict=True))
    least = [max(map(_longest_word, column)) for column in columns]
    natural = [max(map(_longest_line, column)) for column in columns]
    left = width - GAP * (len(columns) - 1) - sum(least)
    if left < 0:
        return None
    lacking = [wanted - given for wanted, given in zip(natural, least, strict=True)]
    whole = sum(lacking)
    if whole <= left:
        return natural
    return [given + left * lack // whole for given, lack in zip(least, lacking, strict=True)]


def lines_of(row: Sequence[str], widths: Sequence[int], right: Container[int] = ()) -> str:
    """A row in columns of these widths, those of `right` to the right, on as many lines as its longest cell takes."""
    broken = [wrapped(text, width) for text, width in zip(row, widths, strict=True)]
    lines = [
        (" " * GAP).join(
            _filled(part, width, to_the_right=place in right)
            for place, (part, width) in enumerate(zip(parts, widths, strict=True))
        )
        for parts in zip_longest(*broken, fillvalue="")
    ]
    return "\n".join(line.rstrip() for line in lines)


def wrapped(text: str, width: int) -> list[str]:
    """A cell on as many lines as it takes, broken at spaces only: a no-break space, as amounts have, stays."""
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
    ]


def _filled(text: str, width: int, *, to_the_right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if to_the_right else text + space


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in text.replace("\n", " ").split(" ")), default=0)


def _longest_line(text: str) -> int:
    return max(map(cell_len, text.splitlines()), default=0)
