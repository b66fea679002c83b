"""Help is told in the language that is asked; that every text has words is a gate of its own."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from console.help_words import OF_TYPER
from console.languages import speak
from deploy.entry import openitems


@pytest.fixture(autouse=True)
def _speak_english_again() -> Iterator[None]:
    speak("en")
    yield
    speak("en")


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
