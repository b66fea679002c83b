"""Turning any text into one that the fonts can print: nothing is markup, nothing breaks the page."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

REPLACEMENT = "\ufffd"
"""Stands for each character that no font has, or that would draw nothing: seen, so that nobody is fooled."""

BREAK = "\u200b"
CELL_RUN_MAX = 10
"""Characters without a place to break a line after which one is offered, in the narrow cells of a table."""

LINE_RUN_MAX = 40
"""The same for lines that have the page's width."""

MARKS_MAX = 2
"""Combining marks kept on one character; more of them would climb out of their line."""

PLAIN = re.compile("[ -~\u00a0-\u00ac\u00ae-\u024f\u202f€–—‘’“”…·]*")
"""Texts that need no looking at: the first bundled font has all of it, and none of it combines or turns."""

INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff")
"""Characters that draw nothing and hold nothing together: dropped."""

JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Characters that draw nothing but shape their neighbours (Arabic, emoji): kept within a word."""


@dataclass(frozen=True)
class Coverage:
    """Which code points a list of fonts can print, each font as ascending, non-overlapping ranges."""

    fonts: tuple[tuple[int, ...], ...]

    def has(self, font: int, code_point: int) -> bool:
        """Tell whether one font has the code point."""
        return bool(bisect_right(self.fonts[font], code_point) % 2)

    def first(self, code_point: int) -> int | None:
        """Return the index of the first font that has the code point."""
        for font in range(len(self.fonts)):
            if self.has(font, code_point):
                return font
        return None


def ranges(code_points: Iterable[int]) -> tuple[int, ...]:
    """Pack code points as start and end (exclusive) of each run, one after the other."""
    bounds: list[int] = []
    for code_point in sorted(code_points):
        if bounds and bounds[-1] == code_point:
            bounds[-1] = code_point + 1
        else:
            bounds += [code_point, code_point + 1]
    return tuple(bounds)


@lru_cache(maxsize=8)
def coverage_of(paths: tuple[Path, ...]) -> Coverage:
    """Read which code points the font files have, in their order; raises OSError and fontTools' TTLibError."""
    fonts = []
    for path in paths:
        with path.open("rb") as file, TTFont(file, lazy=True, fontNumber=0) as font:
            fonts.append(ranges(font.getBestCmap()))
    return Coverage(tuple(fonts))


def printable(text: str, coverage: Coverage, *, run_max: int = LINE_RUN_MAX, keep_lines: bool = False) -> str:
    """Return the text as the fonts can print it.

    White space becomes one kind of space (line ends stay when `keep_lines`), control and direction-overriding
    characters and what no font has become U+FFFD, a combining mark stays with a letter of a font that has both, and
    runs longer than `run_max` get places to break.
    """
    if PLAIN.fullmatch(text):
        return breakable(text, run_max)
    shown = _scanned(text, coverage, keep_lines=keep_lines)
    while (again := _scanned(shown, coverage, keep_lines=keep_lines)) != shown:
        shown = again  # what was dropped stood between a letter and a mark that belongs to it
    return breakable(shown, run_max)


def _scanned(text: str, coverage: Coverage, *, keep_lines: bool) -> str:
    scan = Scan(coverage)
    for character in unicodedata.normalize("NFC", text):
        scan.take(character, keep_lines=keep_lines)
    return "".join(scan.out)


class Scan:
    """One pass over a text; remembers the font of the last letter, which its marks must share."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.out: list[str] = []
        self.font: int | None = None
        self.marks = 0

    def take(self, character: str, *, keep_lines: bool) -> None:
        """Append what the character prints as, if it prints at all."""
        category = unicodedata.category(character)
        if character in "\n\r\t\v\f\x85" or category.startswith("Z"):
            self.start("\n" if keep_lines and character == "\n" else spaced(character), None)
        elif character in JOINERS or category in {"Mn", "Me", "Mc"}:
            self.join(character)
        elif character in INVISIBLE:
            return
        elif category.startswith("C"):
            self.start(REPLACEMENT, None)
        else:
            self.letter(character)

    def start(self, character: str, font: int | None) -> None:
        """Append a character that marks may follow when it has a font."""
        self.out.append(character)
        self.font = font
        self.marks = 0

    def letter(self, character: str) -> None:
        """Append a letter, or what it is compatible with, or the replacement."""
        font = self.coverage.first(ord(character))
        if font is not None:
            self.start(character, font)
            return
        plain = unicodedata.normalize("NFKC", character)
        fonts = {self.coverage.first(ord(part)) for part in plain}
        if len(fonts) == 1 and None not in fonts:
            self.start(plain, fonts.pop())
        else:
            self.start(REPLACEMENT, None)

    def join(self, character: str) -> None:
        """Append a mark or joiner where the letter before it has a font that has it too; drop it elsewhere."""
        if self.font is None or self.marks >= MARKS_MAX or not self.coverage.has(self.font, ord(character)):
            return
        self.out.append(character)
        self.marks += character not in JOINERS


def spaced(character: str) -> str:
    """Return the space that stands for a white character; the ones that forbid a line break stay as they are."""
    return character if character in "\u00a0\u202f" else " "


def breakable(text: str, run_max: int) -> str:
    """Offer a place to break after each `run_max` characters without one, never before a mark or joiner."""
    if len(text) <= run_max:
        return text
    out: list[str] = []
    run = 0
    for character in text:
        if character in " \n":
            run = 0
        elif run >= run_max and character not in JOINERS and not unicodedata.combining(character):
            if out[-1] not in JOINERS:
                out.append(BREAK)
                run = 0
            run += 1
        else:
            run += 1
        out.append(character)
    return "".join(out)
