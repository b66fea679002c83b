"""The languages that the command line speaks."""

from __future__ import annotations

import typer

LOCALES = {"nl": "nl_NL", "nl-BE": "nl_BE", "da": "da_DK", "en": "en_GB"}
"""Babel's locale of each language."""


def locale_of(language: str) -> str:
    """The locale of a language; that of its first subtag where the region is not one of ours, as in da-DK."""
    return LOCALES.get(language) or LOCALES[language.partition("-")[0]]


def spoken_language(language: str) -> str:
    """A language that somebody typed or set in the environment; wrong usage names those that there are."""
    if language not in LOCALES and language.partition("-")[0] not in LOCALES:
        raise typer.BadParameter(f"{language!r} is none of the languages spoken here: {', '.join(LOCALES)}.")
    return language
