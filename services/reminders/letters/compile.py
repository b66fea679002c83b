"""The typesetter: one per process, since it keeps the fonts and the parsed template."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time

import typst

from services.reminders.letters.house_style import HouseStyle, house
from services.reminders.letters.model import Letter
from services.reminders.letters.page import page
from services.reminders.letters.printable import Coverage
from services.reminders.letters.refusals import LetterRefused, NotTypeset
from services.reminders.letters.workspace import TEMPLATE, Workspace, workspace

STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
"""Archive and accessibility: tagged, fonts embedded, all text extractable (ISO 19005-2 level A, ISO 14289-1)."""


class LetterCompiler:
    """Renders letters of one house style in its workspace. Not safe for threads."""

    def __init__(self, style: HouseStyle, place: Workspace) -> None:
        """Load the fonts and the template."""
        self.style = style
        self._coverage = place.coverage()
        self._constant = {"house": house(style, self._coverage), "fonts": "|".join(place.families)}
        self._typst = typst.Compiler(
            place.folder / TEMPLATE.name, root=place.folder, font_paths=place.fonts(), ignore_system_fonts=True
        )

    def inputs(self, letter: Letter) -> dict[str, str]:
        """Return what the template reads for one letter; raises the refusals of `refusals`."""
        content = page(letter, self.style, self._coverage)
        return self._constant | {"letter": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}

    def typeset(self, inputs: dict[str, str], letter: Letter) -> bytes:
        """Typeset what `inputs` returned; the PDF says that it was made at midnight of the letter's date.

        Raises NotTypeset when the typesetter gives up.
        """
        made_at = datetime.combine(letter.date, time(), UTC)
        try:
            pdf = self._typst.compile(sys_inputs=inputs, format="pdf", pdf_standards=STANDARDS, timestamp=made_at)
        except typst.TypstError as error:
            raise NotTypeset(error.message) from error
        assert isinstance(pdf, bytes)
        return pdf

    def render(self, letter: Letter) -> bytes:
        """Return the letter as a tagged PDF: the same bytes for the same letter and style.

        Raises the refusals of `refusals` for what may not be printed.
        """
        return self.typeset(self.inputs(letter), letter)


def render(letter: Letter, style: HouseStyle) -> bytes:
    """Render one letter, for instance a preview; for more than a few of them use a `Renderer`."""
    with workspace(style) as place:
        return LetterCompiler(style, place).render(letter)


def check(letters: Sequence[Letter], style: HouseStyle) -> list[LetterRefused | None]:
    """Why each letter may not be printed, None where it may: all that is decided before the typesetter begins."""
    with workspace(style) as place:
        coverage = place.coverage()
        return [refusal_of(letter, style, coverage) for letter in letters]


def refusal_of(letter: Letter, style: HouseStyle, coverage: Coverage) -> LetterRefused | None:
    """Why one letter may not be printed, or None."""
    try:
        page(letter, style, coverage, drawn=False)
    except LetterRefused as refusal:
        return refusal
    return None
