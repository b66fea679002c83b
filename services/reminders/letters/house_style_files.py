"""The house style of an administration: its sender, and what a file of the operators adds to it.

The file is `<administration>.toml` in the folder of house styles; all of it is optional:

    accent = "#7a1f2b"
    logo = "gent.svg"                      # beside the file
    signatory = "E. Maes, director"
    registration = ["RPR Gent", "BE 0123.456.749"]

    [texts.standard.nl-BE.1]               # layout, language, level
    subject = "Vriendelijke herinnering: {total}"
    opening = ["Op {date} stond dit nog open."]
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.operators import AdministrationConfigured
from contracts.operators import Sender as ConfiguredSender
from services.reminders.letters.house_style import ACCENT, HouseStyle, LetterSender, LevelText, TextKey, Window
from services.reminders.letters.model import PostalAddress
from services.reminders.letters.refusals import MissingSender, UnusableHouseStyle


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class TextFile(_Part):
    """The words of one level."""

    subject: str
    opening: list[str]
    closing: list[str] = []


class WindowFile(_Part):
    """The window of the envelope, in millimetres from the top left corner."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


class StyleFile(_Part):
    """A house style as operators write it."""

    accent: str = ACCENT
    logo: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")] | None = None
    logo_height_mm: float = 16
    window: WindowFile | None = None
    signatory: str = ""
    registration: list[str] = []
    texts: dict[str, dict[str, dict[str, TextFile]]] = {}

    def words(self) -> dict[TextKey, LevelText]:
        """The texts by layout, language and level."""
        return {
            (layout, language, int(level)): LevelText(text.subject, tuple(text.opening), tuple(text.closing))
            for layout, languages in self.texts.items()
            for language, levels in languages.items()
            for level, text in levels.items()
        }


def read_style(configuration: AdministrationConfigured, folder: Path | None) -> HouseStyle:
    """The style in which the administration's letters are printed.

    Raises MissingSender, and UnusableHouseStyle for a file that cannot be used.
    """
    if configuration.sender is None:
        raise MissingSender
    file = folder / f"{configuration.administration}.toml" if folder else None
    if file is None or not file.is_file():
        return _style(configuration.sender, StyleFile(), b"")
    try:
        content = StyleFile.model_validate(tomllib.loads(file.read_text("utf-8")))
        logo = (file.parent / content.logo).read_bytes() if content.logo else b""
        return _style(configuration.sender, content, logo)
    except (OSError, ValueError) as error:
        raise UnusableHouseStyle(file, _reason(error)) from error


def _style(sender: ConfiguredSender, content: StyleFile, logo: bytes) -> HouseStyle:
    return HouseStyle(
        sender=LetterSender(
            address=PostalAddress(
                name=sender.name,
                street=sender.street,
                postal_code=sender.postal_code,
                city=sender.city,
                country=sender.country,
            ),
            phone=sender.phone,
            email=sender.email,
            website=sender.website,
            registration=tuple(content.registration),
            signatory=content.signatory,
            enterprise_number=sender.enterprise_number,
        ),
        accent=content.accent,
        logo=logo,
        logo_height_mm=content.logo_height_mm,
        window=Window(**content.window.model_dump()) if content.window else None,
        texts=content.words(),
    )


def _reason(error: OSError | ValueError) -> str:
    """What is wrong with a file; of several faults in it, the first."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'/'.join(map(str, first['loc']))}: {first['msg']}"
