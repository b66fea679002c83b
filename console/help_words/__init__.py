"""What --help says in Dutch and Danish: a gettext file a language, by the English that commands are written in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

ENGLISH = "en"


@cache
def help_words(language: str) -> dict[str, str]:
    """The translations of one language, by the English text with its blanks made single; none of English."""
    if language == ENGLISH:
        return {}
    with (files(__name__) / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def helped(text: str, language: str) -> str:
    """A text of --help in a language; English where it has no words."""
    return help_words(language[:2]).get(plain(text), text)


def plain(text: str) -> str:
    """A text on one line: as the files have it, however the code breaks it."""
    return " ".join(text.split())
