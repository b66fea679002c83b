"""The folder that the typesetter reads: template, fonts and logo of one house, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from fontTools.ttLib import TTLibError

from services.reminders.letters.house_style import HouseStyle, check_style, logo_file
from services.reminders.letters.printable import Coverage, coverage_of
from services.reminders.letters.refusals import InvalidStyle

HERE = Path(__file__).parent
TEMPLATE = HERE / "letter.typ"
FONT_FILES = ("NotoSans.ttf", "NotoSansHebrew.ttf", "NotoSansArabic.ttf", "NotoEmoji.ttf")
"""The bundled fonts, in the order in which they are asked for a character."""


@dataclass(frozen=True)
class Workspace:
    """A folder to typeset in; several processes may share it, since nobody writes to it any more."""

    folder: Path
    font_files: tuple[Path, ...]
    families: tuple[str, ...]

    def fonts(self) -> typst.Fonts:
        """Return the fonts of the folder and no others, so that every machine prints the same."""
        return fonts_in(self.folder)

    def coverage(self) -> Coverage:
        """Return what the fonts can print."""
        return coverage_of(self.font_files)


@contextmanager
def workspace(style: HouseStyle) -> Iterator[Workspace]:
    """Make a workspace for a house, and remove it at the end; raises InvalidStyle."""
    check_style(style)
    font_files = tuple(HERE / "fonts" / name for name in FONT_FILES) + tuple(map(Path, style.font_files))
    check_fonts(font_files)
    with TemporaryDirectory(prefix="letters-") as name:
        folder = Path(name)
        (folder / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        if style.logo:
            (folder / logo_file(style)).write_bytes(style.logo)
            check_logo(folder, logo_file(style))
        yield Workspace(folder, font_files, linked(font_files, folder))


def check_fonts(font_files: tuple[Path, ...]) -> None:
    """Raise InvalidStyle for a font that is missing or no font."""
    for file in font_files:
        try:
            coverage_of((file,))
        except (OSError, TTLibError) as error:
            raise InvalidStyle(
                "{name} is no font.", "font_files", "Give the path of a TrueType or OpenType font.", name=file.name
            ) from error


def linked(font_files: tuple[Path, ...], folder: Path) -> tuple[str, ...]:
    """Link the fonts into the folder; return their families in the order of the files."""
    (folder / "fonts").mkdir()
    for number, file in enumerate(font_files):
        (folder / "fonts" / f"{number:02d}{file.suffix}").symlink_to(file.resolve())
    found = {Path(font.path).resolve(): font.family for font in fonts_in(folder).fonts() if font.path}
    return tuple(dict.fromkeys(found[file.resolve()] for file in font_files))


def fonts_in(folder: Path) -> typst.Fonts:
    """Read the fonts of a workspace."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder / "fonts")])


def check_logo(folder: Path, name: str) -> None:
    """Raise InvalidStyle when the logo cannot be drawn."""
    proof = folder / "logo.typ"
    proof.write_text(f'#image("{name}", height: 1cm)', encoding="utf-8")
    try:
        typst.compile(str(proof), root=str(folder), format="pdf", ignore_system_fonts=True)
    except typst.TypstError as error:
        raise InvalidStyle(
            "The logo cannot be drawn: {reason}.", "logo", "Export the logo again.", reason=error.message
        ) from error
