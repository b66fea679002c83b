"""How values are written in files for programs, and for spreadsheets as they are set up in a country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

Cell: TypeAlias = "str | int | Decimal | date | datetime | UUID | Sequence[str] | None"
"""A value of a file: None is an empty cell, a list is its texts joined by blanks, an amount is a Decimal."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How text begins that a spreadsheet takes for a formula: the signs, their full-width forms, and what is skipped."""
NUMBER = re.compile(r"-\d+(?:[.,]\d+)?", re.ASCII)
"""A negative number begins as a formula could, and is none: it stays a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How a file writes its values; `date_pattern` is in the words of strftime.

    A file for people begins with a byte order mark, disarms formulas and shows moments without their zone (all are
    UTC); one for programs says every value exactly as it is.
    """

    delimiter: str
    decimal_mark: str
    date_pattern: str
    for_people: bool

    def text(self, cell: Cell) -> str | int | None:
        """A cell as this notation writes it; a whole number stays one."""
        text: str | int | None
        match cell:
            case str():
                text = guarded(cell) if self.for_people else cell
            case bool():
                text = "true" if cell else "false"
            case None | int():
                text = cell
            case Decimal():
                text = f"{cell:f}".replace(".", self.decimal_mark)
            case datetime():
                text = cell.strftime(f"{self.date_pattern} %H:%M") if self.for_people else cell.isoformat()
            case date():
                text = cell.strftime(self.date_pattern) if self.for_people else cell.isoformat()
            case UUID():
                text = str(cell)
            case _:
                text = self.text(" ".join(map(str, cell)))
        return text


RFC_4180 = Notation(delimiter=",", decimal_mark=".", date_pattern="%Y-%m-%d", for_people=False)
"""For programs: CSV by RFC 4180, decimal points, dates by ISO 8601."""
DUTCH = Notation(delimiter=";", decimal_mark=",", date_pattern="%d-%m-%Y", for_people=True)
BELGIAN = Notation(delimiter=";", decimal_mark=",", date_pattern="%d/%m/%Y", for_people=True)
DANISH = Notation(delimiter=";", decimal_mark=",", date_pattern="%d-%m-%Y", for_people=True)
ENGLISH = Notation(delimiter=",", decimal_mark=".", date_pattern="%d/%m/%Y", for_people=True)
SPREADSHEET = DUTCH
"""Opens as it is in the Netherlands, Belgium and Denmark."""


def guarded(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text
