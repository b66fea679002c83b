"""Whatever is typed wrongly is told in words of ours: which option, what is wrong with it, and what to type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, get_args

import pytest
from pydantic_core import core_schema
from typer.testing import CliRunner

from chassis.http import RequestBody, RequestPart
from chassis.languages import ENGLISH, TRANSLATED, Languages
from chassis.violations import violation_of
from console.languages import speak
from console.option_names import TYPED_AS
from console.words import WORDS
from deploy.entry import openitems
from tests.console.test_tree import EVERY
from tests.declared import SERVICES

LANGUAGES = [ENGLISH, *TRANSLATED]
OF_OTHERS = ("Input should", "should be", "Invalid value", "unable to parse", "Field required", "Value error", "None")
"""Words of pydantic's and typer's own sentences."""
NOBODY_TYPES = {"cursor", "limit", "value", "index", "data", "topic", "events", "source", "id", "document", "mailbox"}
"""Fields of requests that no command has an option for, since it fills them in by itself."""


@dataclass(frozen=True)
class Mistake:
    """A value that an option cannot take."""

    words: tuple[str, ...]
    option: str
    value: str


def wrong_value(parameter: Any) -> str | None:
    """What an option of this type never takes; None where it takes any text."""
    annotation = parameter.type_descriptor.annotation
    kinds = set(get_args(annotation)) | {annotation}
    if kinds & {int, float}:
        return "twelve"
    if date in kinds:
        return "99-99-9999"
    if any(isinstance(kind, type) and issubclass(kind, Enum) for kind in kinds):
        return "nonsense"
    return "/no/such/file" if Path in kinds and getattr(parameter, "exists", False) else None


MISTAKES = [
    Mistake(words, parameter.opts[0], value)
    for words, command in EVERY.items()
    for parameter in command.params
    if parameter.param_type_name == "option" and not parameter.is_flag and (value := wrong_value(parameter))
]


def told(*words: str, language: str = ENGLISH) -> str:
    """What the program says to words that are wrong."""
    result = CliRunner().invoke(openitems(), ["--language", language, "-a", "bib-gent", *words])
    assert result.exit_code == 2, result.output
    return str(result.output)


def test_most_options_can_be_wrong() -> None:
    assert len(MISTAKES) > 80


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: " ".join((*one.words, one.option)))
def test_a_wrong_value_is_told_with_its_option_and_what_is_wanted(mistake: Mistake) -> None:
    said = {one: told(*mistake.words, mistake.option, mistake.value, language=one) for one in LANGUAGES}

    assert [one for one in LANGUAGES if not said[one].startswith(f"{mistake.option}: ")] == []
    assert [words for words in OF_OTHERS if any(words in text for text in said.values())] == []
    assert len(set(said.values())) == len(LANGUAGES)


REQUIRED = [
    (words, parameter)
    for words, command in EVERY.items()
    for parameter in command.params
    if parameter.required and parameter.param_type_name == "option"
]


@pytest.mark.parametrize(("words", "parameter"), REQUIRED, ids=str)
def test_what_is_missing_is_told_with_what_it_means(words: tuple[str, ...], parameter: Any) -> None:
    arguments = [one for one in EVERY[words].params if one.param_type_name == "argument" and one.required]
    if arguments:
        pytest.skip("an argument is missing first")

    said = told(*words)

    assert "is missing" in said
    assert [one for one in OF_OTHERS if one in said] == []
    assert parameter.help


@pytest.mark.parametrize(
    ("typed", "en", "nl", "da"),
    [
        (["matching", "sotle"], "Did you mean 'settle'?", "Bedoelde u 'settle'?", "Mente du 'settle'?"),
        (["matching", "zzz"], "no command zzz", "geen opdracht zzz", "ingen kommando zzz"),
        (
            ["matching", "settle", "--jurnal", "M90"],
            "Did you mean '--journal'",
            "Bedoelde u '--journal'",
            "Mente du '--journal'",
        ),
        (["matching", "runs", "what"], "nothing more: what", "niets meer aan: what", "ikke mere: what"),
        (["matching", "settle", "--journal"], "needs a value", "moet een waarde staan", "skal stå en værdi"),
        (["matching", "settle"], "--journal is missing", "--journal ontbreekt", "--journal mangler"),
        (["party", "show"], "PARTY_ID is missing", "PARTY_ID ontbreekt", "PARTY_ID mangler"),
    ],
)
def test_wrong_usage_is_told_in_the_language_of_whoever_typed_it(typed: list[str], en: str, nl: str, da: str) -> None:
    said = [told(*typed, language=language) for language in ("en", "nl", "da")]

    assert [words for words, text in zip((en, nl, da), said, strict=True) if words not in text] == []
    assert [words for words in OF_OTHERS if any(words in text for text in said)] == []


@pytest.mark.parametrize("kind", get_args(core_schema.ErrorType))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_violation_has_words_of_ours(kind: str, language: str) -> None:
    context = dict.fromkeys(("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length"), 3) | {
        "expected": "'a' or 'b'"
    }

    said = (
        Languages(("chassis",))
        .spoken(language)
        .say(violation_of({"type": kind, "msg": "Value error, it is blue", "ctx": context}))
    )

    assert said.endswith((".", "blue"))
    assert "Input" not in said


def requested_fields() -> set[str]:
    """The fields of what the services' commands are asked with."""
    modules = [
        import_module(module.name)
        for service in SERVICES
        for package in [import_module(f"services.{service}")]
        for module in walk_packages(package.__path__, f"{package.__name__}.")
        if ".api" in module.name
    ]
    bodies = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, RequestBody | RequestPart)
    }
    return {field for body in bodies for field in body.model_fields}


def test_every_field_of_a_request_is_told_as_an_option_or_in_words() -> None:
    options = {str(parameter.name) for command in EVERY.values() for parameter in command.params}

    nameless = requested_fields() - options - TYPED_AS.keys() - WORDS.keys() - NOBODY_TYPES

    assert sorted(nameless) == [], "say in console/option_names.py which option fills it in"


def test_what_options_stand_for_are_options() -> None:
    options = {str(parameter.name) for command in EVERY.values() for parameter in command.params}

    assert sorted({name for names in TYPED_AS.values() for name in names} - options) == []


@pytest.fixture(autouse=True)
def _speak_english_again() -> Any:
    yield
    speak(ENGLISH)
