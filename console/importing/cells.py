"""Reading single cells: texts, numbers, yes and no, and the other words that a mapping gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from chassis.sentences import Sentence
from console.importing.mapping import FALSE_WORDS, TRUE_WORDS, Source
from console.importing.problems import RowRefused

Cells = Sequence[object]
Reader = Callable[[Cells, str], Any]
"""What a row says of a field in a currency; None where it says nothing. Raises RowRefused."""

UNREADABLE = re.compile("[\x80-\x9f\ufffd]")
"""Characters that nobody writes: what an encoding that is not the file's makes of it."""
MOST_EXACT = 10**15
"""From here on a workbook no longer keeps every digit of a number."""
DIGEST_BYTES = 12
UNIT = "\x1f"


def text_of(cell: object) -> str:
    """A cell as text, without outer spaces; a number of a workbook without the decimals that it has not."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < MOST_EXACT:
        return str(int(cell))
    return str(cell)


def digest_of(texts: Sequence[str]) -> str:
    """An id out of what a row says, for files whose rows have none."""
    return blake2b(UNIT.join(texts).encode(), digest_size=DIGEST_BYTES).hexdigest()


def read_boolean(heading: str, raw: Callable[[Cells], object], source: Source) -> Reader:
    """Make what reads yes or no; a word that is neither is refused."""
    words = dict.fromkeys((word.casefold() for word in source.false or FALSE_WORDS), False)
    words |= dict.fromkeys((word.casefold() for word in source.true or TRUE_WORDS), True)

    def boolean(cells: Cells, _currency: str) -> bool | None:
        cell = raw(cells)
        if isinstance(cell, bool):
            return cell
        text = text_of(cell)
        if not text:
            return None
        found = words.get(text.casefold())
        if found is None:
            raise RowRefused(
                heading,
                Sentence("{text!r} is neither yes nor no.", text=text),
                Sentence('Add the word to "true" or "false" in the mapping.'),
            )
        return found

    return boolean


def read_number(heading: str, raw: Callable[[Cells], object], source: Source) -> Reader:
    """Make what reads a whole number."""

    def number(cells: Cells, _currency: str) -> int | None:
        text = _given(text_of(raw(cells)), source, heading)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()):
            raise RowRefused(
                heading,
                Sentence("{text!r} is no whole number.", text=text),
                Sentence("Mend the cell, or name another column."),
            )
        return int(text)

    return number


def read_text(heading: str, raw: Callable[[Cells], object], source: Source) -> Reader:
    """Make what reads a text, or the part or word that the mapping makes of it."""
    if isinstance(source.value, str):
        constant = source.prefix + source.value
        return lambda _cells, _currency: constant
    is_plain = not (source.extract or source.values or source.fill or source.prefix or source.default)

    def text(cells: Cells, _currency: str) -> str | None:
        cell = raw(cells)
        if is_plain and isinstance(cell, str) and cell.isascii():
            return cell.strip() or None
        if isinstance(cell, float) and abs(cell) >= MOST_EXACT:
            raise RowRefused(
                heading,
                Sentence("A number of so many digits is not whole any more in a workbook."),
                Sentence("Format the column as text, and enter the numbers again."),
            )
        found = text_of(cell)
        if found and not found.isascii() and UNREADABLE.search(found):
            raise RowRefused(
                heading,
                Sentence("{text!r} has characters that nobody writes.", text=found),
                Sentence("Say in the mapping in which encoding the file is."),
            )
        return (found or None) if is_plain else (_given(found, source, heading) or None)

    return text


def _given(text: str, source: Source, heading: str) -> str:
    """A cell's text as the mapping wants it: a part of it, in other words, with a prefix; its default when empty."""
    if source.extract is not None and text:
        found = re.search(source.extract, text)
        text = (found[1] or "") if found else ""
    if not text:
        return source.prefix + source.default if source.default is not None else ""
    if source.values is not None:
        if text not in source.values:
            raise RowRefused(
                heading,
                Sentence("{text!r} is none of {known}.", text=text, known=", ".join(source.values)),
                Sentence("Add the word to values in the mapping."),
            )
        text = source.values[text]
    if source.fill is not None:
        text = text.rjust(source.fill, "0")
    return source.prefix + text
