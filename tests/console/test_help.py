"""What --help says is said in Dutch and Danish as well, every word of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chassis.languages import TRANSLATED
from console.help_words import OF_TYPER, help_words, plain
from console.languages import speak
from deploy.entry import openitems


@pytest.fixture(autouse=True)
def _speak_english_again() -> Iterator[None]:
    speak("en")
    yield
    speak("en")


def texts_of(command: Any) -> Iterator[str]:
    """What the help of a command, of its options, and of the commands below it says."""
    yield from (text for text in (command.help, *(getattr(one, "help", None) for one in command.params)) if text)
    for inner in getattr(command, "commands", {}).values():
        if hasattr(inner, "load"):
            yield inner.help
            yield from texts_of(inner.load())
        else:
            yield from texts_of(inner)


def said() -> set[str]:
    """Everything that --help says in English, on one line each."""
    return {plain(text) for text in texts_of(get_command(openitems()))}


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_that_help_says_has_words(language: str) -> None:
    texts = said()

    assert len(texts) > 300
    missing = sorted(texts - help_words(language).keys())
    assert missing == [], f"add them to console/help_words/{language}.po"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_words_are_left_over_and_none_are_english(language: str) -> None:
    words = help_words(language)

    assert sorted(words.keys() - said()) == [], f"take them out of console/help_words/{language}.po"
    assert [text for text, meant in words.items() if text == meant] == []


@pytest.mark.parametrize(
    ("words", "dutch", "danish"),
    [
        ((), "Opdrachten:", "Kommandoer:"),
        (("matching",), "Letter vorderingen af", "Udlign debet mod betalinger"),
        (("matching", "settle"), "Een memoriaal, zoals M90.", "En finanskladde, såsom M90."),
        (("writeoff", "month-end"), "[verplicht]", "[påkrævet]"),
        (("up",), "De map van de opstelling.", "Opsætningens mappe."),
    ],
)
def test_help_is_told_in_the_language_that_is_asked(words: tuple[str, ...], dutch: str, danish: str) -> None:
    told = {
        language: CliRunner().invoke(openitems(), ["--language", language, *words, "--help"]).output
        for language in ("nl", "nl-BE", "da", "en")
    }

    assert dutch in told["nl"]
    assert dutch in told["nl-BE"]
    assert danish in told["da"]
    assert [written for written in OF_TYPER["nl"] if written in told["nl"] + told["da"]] == []
    assert dutch not in told["en"]


def test_help_is_told_in_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_LANGUAGE", "da")

    assert "Kommandoer:" in CliRunner().invoke(openitems(), ["--help"]).output
    assert "Commands:" in CliRunner().invoke(openitems(), ["--language=en", "--help"]).output
