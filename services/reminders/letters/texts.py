"""The words of letters: one file per language, levels of the house on top, placeholders filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any

from babel import Locale

from services.reminders.letters.figures import Figures
from services.reminders.letters.house_style import HouseStyle, LevelText
from services.reminders.letters.model import Letter, totals
from services.reminders.letters.refusals import (
    UnknownLanguage,
    UnknownLayout,
    UnknownLevel,
    UnknownNotice,
    UnknownPlaceholder,
)

LANGUAGES = (
    "da",
    "de",
    "en",
    "fr",
    "nl",
    "nl-BE",
)
"""Languages that letters are written in, as BCP 47: one row, one file in `languages`, one sample in the tests.

`fr-BE` or `da-DK` fall back on the language alone.
"""

FULL_STOP = "."


@dataclass(frozen=True)
class NoticeText:
    """Wording of a notice that the law asks for."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class LetterLanguage:
    """Labels, texts of each level, notices and notation of one language. `tag` is its BCP 47 tag, also for the PDF."""

    tag: str
    figures: Figures
    greeting: str
    valediction: str
    labels: Mapping[str, str]
    kinds: Mapping[str, str]
    mail: Mapping[str, str]
    statement: LevelText
    levels: Mapping[int, LevelText]
    notices: Mapping[str, NoticeText]


def language_of(tag: str) -> LetterLanguage:
    """Return the texts for a BCP 47 tag, or for its language without the region; raises UnknownLanguage."""
    for candidate in (tag, tag.partition("-")[0]):
        if candidate in LANGUAGES:
            return read_language(candidate)
    raise UnknownLanguage(tag, LANGUAGES)


@cache
def read_language(tag: str) -> LetterLanguage:
    """Read the file of one language, once per process."""
    source = files("services.reminders.letters").joinpath("languages", f"{tag}.toml").read_text(encoding="utf-8")
    content: dict[str, Any] = tomllib.loads(source)
    return LetterLanguage(
        tag=tag,
        figures=Figures(Locale.parse(content["locale"]), content["date_pattern"]),
        greeting=content["greeting"],
        valediction=content["valediction"],
        labels=MappingProxyType(content["labels"]),
        kinds=MappingProxyType(content["kinds"]),
        mail=MappingProxyType(content["mail"]),
        statement=level_text(content["statement"]),
        levels=MappingProxyType({int(level): level_text(text) for level, text in content["levels"].items()}),
        notices=MappingProxyType(
            {kind: NoticeText(text["title"], tuple(text["paragraphs"])) for kind, text in content["notices"].items()}
        ),
    )


def level_text(content: Mapping[str, Any]) -> LevelText:
    """Turn one level of a language file into its text."""
    return LevelText(content["subject"], tuple(content["opening"]), tuple(content.get("closing", ())))


def text_of(letter: Letter, style: HouseStyle, language: LetterLanguage) -> LevelText:
    """Return the level's words: the house's own if it has them, else the language's; a statement if nothing is owed.

    Raises UnknownLayout when neither the house nor the standard knows the layout, UnknownLevel when the layout has
    no text for the level.
    """
    if max(totals(letter).values()) <= 0:
        return language.statement
    if letter.layout not in style.layouts():
        raise UnknownLayout(letter.layout, style.layouts())
    for tag in (letter.language, language.tag):
        own = style.texts.get((letter.layout, tag, letter.level))
        if own is not None:
            return own
    if letter.layout != "standard" or letter.level not in language.levels:
        raise UnknownLevel(letter.level, letter.layout, letter.language)
    return language.levels[letter.level]


def notice_text(kind: str, language: LetterLanguage) -> NoticeText:
    """Return the wording of a legal notice; raises UnknownNotice."""
    if kind not in language.notices:
        raise UnknownNotice(kind, tuple(language.notices))
    return language.notices[kind]


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill in the placeholders of a text; values are data and are not looked through again.

    Only plain names in braces are placeholders, {{ and }} are literal braces. A value that ends with a full stop, such
    as an amount in Danish kroner, ends the sentence too. Raises UnknownPlaceholder for any other name.
    """
    parts: list[str] = []
    try:
        for literal, name, specification, conversion in Formatter().parse(template):
            ended = bool(parts) and parts[-1].endswith(FULL_STOP)
            parts.append(literal.removeprefix(FULL_STOP) if ended else literal)
            if name is None:
                continue
            if specification or conversion or name not in values:
                raise UnknownPlaceholder(name, tuple(values))
            parts.append(values[name])
    except ValueError as unbalanced:
        raise UnknownPlaceholder(template, tuple(values)) from unbalanced
    return "".join(parts)
