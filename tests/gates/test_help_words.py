"""Everything that --help says has words in Dutch and Danish."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from chassis.languages import TRANSLATED
from console.code_words import CODES
from console.flemish_words import FLEMISH, FLEMISH_CODES
from console.help_words import help_words, plain
from console.languages import speak
from console.words import coded
from deploy.entry import openitems


@pytest.fixture(autouse=True)
def _speak_english() -> None:
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


def test_flemish_says_otherwise_what_it_calls_otherwise_and_all_else_as_dutch() -> None:
    assert sorted(FLEMISH_CODES.keys() - CODES.keys()) == []
    assert [code for code, word in FLEMISH_CODES.items() if word in {coded(code, "nl"), code}] == []
    assert coded("contribution", FLEMISH) == "lidgeld"
    assert coded("oldest-first", FLEMISH) == coded("oldest-first", "nl")
