"""The languages that the command line speaks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextvars import ContextVar
from itertools import pairwise
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from chassis.languages import Languages

_SAYING = ["chassis", "console"]
LOCALES = {"nl": "nl_NL", "nl-BE": "nl_BE", "da": "da_DK", "en": "en_GB"}
"""Babel's locale of each language."""


VARIABLE = "OPENITEMS_LANGUAGE"
_SPOKEN: ContextVar[str] = ContextVar("language_of_the_command", default="en")


def speak(language: str) -> None:
    """From here on the command is in this language: what is typed is read as it writes, mistakes are told in it."""
    _SPOKEN.set(language)


def spoken_here() -> str:
    """The language of the running command."""
    return _SPOKEN.get()


def language_typed(words: Sequence[str]) -> str:
    """The language among the words of a command, or of the environment, before anything of it is read; else English.

    A help that is asked for, or a mistake before the language is reached, is told in it.
    """
    typed = [after for word, after in pairwise(words) if word == "--language"]
    typed += [word.partition("=")[2] for word in words if word.startswith("--language=")]
    wished = [*typed, os.environ.get(VARIABLE, "")][0]
    return wished if wished in LOCALES or wished.partition("-")[0] in LOCALES else "en"


def locale_of(language: str) -> str:
    """The locale of a language; that of its first subtag where the region is not one of ours, as in da-DK."""
    return LOCALES.get(language) or LOCALES[language.partition("-")[0]]


def say_also(package: str) -> None:
    """The program says sentences of this package too: its translations are beside it."""
    if package not in _SAYING:
        _SAYING.append(package)


def spoken(text: str, language: str) -> str:
    """A sentence of the console, the chassis, or what else the program is made of, in one of the languages."""
    languages: Languages = resolve_name("chassis.languages:Languages")(_SAYING)
    return languages.spoken(language).say(text)


def spoken_language(language: str) -> str:
    """A language that somebody typed or set in the environment; wrong usage names those that there are.

    Said in English: that is spoken when nothing else is known yet.
    """
    if language not in LOCALES and language.partition("-")[0] not in LOCALES:
        raise typer.BadParameter(f"{language!r} is none of the languages spoken here: {', '.join(LOCALES)}.")
    return language
