"""What --help says in Dutch and Danish: a gettext file a language, by the English that commands are written in."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files
from typing import Any

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


OF_TYPER = {
    "nl": {
        "Usage:": "Gebruik:",
        "Options:": "Opties:",
        "Arguments:": "Argumenten:",
        "Commands:": "Opdrachten:",
        "[OPTIONS]": "[OPTIES]",
        "COMMAND [ARGS]...": "OPDRACHT [ARGUMENTEN]...",
        "[required]": "[verplicht]",
        "[default: ": "[standaard: ",
        "[env var: ": "[omgevingsvariabele: ",
        "Show this message and exit.": "Toon dit en stop.",
    },
    "da": {
        "Usage:": "Brug:",
        "Options:": "Muligheder:",
        "Arguments:": "Argumenter:",
        "Commands:": "Kommandoer:",
        "[OPTIONS]": "[MULIGHEDER]",
        "COMMAND [ARGS]...": "KOMMANDO [ARGUMENTER]...",
        "[required]": "[påkrævet]",
        "[default: ": "[standard: ",
        "[env var: ": "[miljøvariabel: ",
        "Show this message and exit.": "Vis dette, og stop.",
    },
}
"""What typer writes around the texts of commands."""


def speak_help(command: Any, language: str) -> None:
    """Have a command, its options and the commands below it tell their help in a language."""
    words = OF_TYPER.get(language[:2])
    if words is None:
        return
    command.help = helped(command.help or "", language) or None
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = helped(parameter.help, language)
    command.get_help = partial(_told, command.get_help, words)
    for inner in getattr(command, "commands", {}).values():
        speak_help(inner, language)


def _told(get_help: Any, words: dict[str, str], context: Any) -> str:
    """The help that typer makes, with our words for what it writes itself."""
    told = str(get_help(context))
    for written, said in words.items():
        told = told.replace(written, said)
    return told
