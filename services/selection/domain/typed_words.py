"""Criteria as people of a language type them: the words of their language stand for ours, which are taken as well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from services.selection.domain.catalogue import Field, catalogue
from services.selection.domain.languages import LANGUAGES, Language, by_language
from services.selection.domain.sentences import CODE_WORDS

WORDS_IN_A_NAME = 8
"""So many words a field's name has at most."""
ENGLISH: Language = "en"
_DAY_FIRST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})", re.ASCII)

Meanings = Mapping[str, tuple[str, ...]]
"""What is typed, in small letters, and what it can mean: more than one thing is refused."""


@dataclass(frozen=True, slots=True)
class TypedWords:
    """The words of one language: names of fields, of codes, and what joins and compares them."""

    language: Language
    fields: Meanings
    codes: Meanings
    others: Mapping[str, str]

    def word(self, typed: str) -> str:
        """A word that joins, compares or measures, as our grammar has it; any other stays."""
        return self.others.get(typed.lower(), typed)

    def fields_called(self, typed: str) -> tuple[str, ...]:
        """The fields that are called so: by the name that we give them, or as the language calls them."""
        own = (typed,) if typed in catalogue() else ()
        return tuple(dict.fromkeys((*own, *self.fields.get(named(typed), ()))))

    def codes_called(self, field: Field, typed: str) -> tuple[str, ...]:
        """The field's codes that the language calls so; none where it is the code itself, or called nothing."""
        if typed in field.choices:
            return ()
        return tuple(code for code in self.codes.get(named(typed), ()) if code in field.choices)

    def day(self, typed: str) -> str:
        """A day as ISO 8601 writes it, where the language puts the day first; what is none stays."""
        found = _DAY_FIRST.fullmatch(typed)
        if found is None or self.language == ENGLISH:
            return typed
        day, _, month, year = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"


def named(typed: str) -> str:
    """A name as it is compared: in small letters, its words apart by one blank."""
    return " ".join(typed.lower().replace("_", " ").split())


@cache
def typed_words(language: Language) -> TypedWords:
    """The words of a language."""
    fields = _meanings((field.labels[language], field.name) for field in catalogue().values())
    codes = _meanings((by_language(words)[language], code) for code, words in CODE_WORDS.items())
    return TypedWords(language, fields, codes, LANGUAGES[language].typed)


def _meanings(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for said, meant in pairs:
        found[named(said)] = (*found.get(named(said), ()), meant)
    return found
