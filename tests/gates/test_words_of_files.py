"""Whatever stands above a column of selection's files, or in it as a code, has words in every language of its table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from chassis.languages import ENGLISH, TRANSLATED
from services.selection.domain.catalogue import OPERATORS, UNITS, Field, FieldType, catalogue
from services.selection.domain.field_rows import ITEM_ROWS, PARTY_ROWS, Row
from services.selection.domain.languages import LANGUAGES, Language, LanguageOfFiles
from services.selection.domain.report_rows import COLUMN_ROWS, ageing_columns, customer_columns, totals_columns
from services.selection.domain.sentences import CODE_WORDS

THE_SAME = frozenset({"e-mail", "IBAN", "status"})
"""Words that Dutch, Danish and English write alike, and codes that need none."""
DATED = frozenset({"date-lt", "date-le", "date-gt", "date-ge"})
OWN_WORDS = frozenset({"items", "parties", "all", "any", "not", "yes", "no"})
"""Words of sentences that are of no operator and no unit."""


def wordless(tags: Sequence[str], texts: Mapping[str, Sequence[str]]) -> list[str]:
    """What lacks a text in a language, or has one of none, by what is named."""
    missing = [
        f"{tag} has no text for {name}"
        for name, said in texts.items()
        for place, tag in enumerate(tags)
        if place >= len(said) or not said[place].strip()
    ]
    return missing + [f"{name} has more texts than languages" for name, said in texts.items() if len(said) > len(tags)]


def labels_of(rows: Iterable[Row]) -> dict[str, Sequence[str]]:
    """The labels of fields and columns by their names."""
    return {name: said for name, _kind, *said in rows}


def speechless(languages: Mapping[Language, LanguageOfFiles]) -> list[str]:
    """Which words of sentences a language of the table lacks."""
    operators = {operator for known in OPERATORS.values() for operator in known}
    units = {unit for known in UNITS.values() for unit in known}
    wanted = operators | units | DATED | OWN_WORDS
    return [
        f"{tag} has no words {word}" for tag, its in languages.items() for word in sorted(wanted - its.words.keys())
    ]


def test_the_languages_of_files_are_those_of_the_table_and_of_refusals() -> None:
    assert get_args(Language) == tuple(LANGUAGES)
    assert set(LANGUAGES) == {ENGLISH, *TRANSLATED}


def without_labels(fields: Iterable[Field]) -> list[str]:
    """The fields that lack a label in a language."""
    return [field.name for field in fields if set(field.labels) != set(LANGUAGES) or not all(field.labels.values())]


def without(its: LanguageOfFiles, *words: str) -> LanguageOfFiles:
    """A language that lacks some words of sentences."""
    return replace(its, words={name: text for name, text in its.words.items() if name not in words})


def test_every_field_and_column_of_selections_files_has_a_label_in_each_language() -> None:
    columns = [*customer_columns(), *ageing_columns(per_party=True)]
    for by in ("status", "journal", "branch", "kind"):
        columns += totals_columns(by)

    assert without_labels([*catalogue().values(), *columns]) == []


def test_every_row_of_fields_and_columns_has_as_many_labels_as_there_are_languages() -> None:
    every = labels_of([*ITEM_ROWS, *PARTY_ROWS]) | {
        f"the column {name}": said for name, said in labels_of(COLUMN_ROWS).items()
    }

    missing = wordless(tuple(LANGUAGES), every)
    assert missing == [], "\n".join(missing)


def test_every_code_that_a_field_can_have_is_said_in_each_language() -> None:
    codes = {code for field in catalogue().values() for code in field.choices}

    assert {code for code in codes - CODE_WORDS.keys() if code not in THE_SAME} == set()
    missing = wordless(tuple(LANGUAGES), CODE_WORDS)
    assert missing == [], "\n".join(missing)


def test_a_column_without_words_is_noticed() -> None:
    labels: dict[Language, str] = {"nl": "kleur", "en": "colour"}
    half = Field("colour", FieldType.TEXT, labels, of_party=False)
    empty = Field("size", FieldType.TEXT, {**labels, "da": ""}, of_party=False)

    assert without_labels([half, empty]) == ["colour", "size"]


def test_every_language_has_the_words_of_sentences_and_says_its_own_names_of_formats() -> None:
    formats = [name for its in LANGUAGES.values() for name in its.csv]

    missing = speechless(LANGUAGES)
    assert missing == [], "\n".join(missing)
    assert len(formats) == len(set(formats))
    assert [tag for tag, its in LANGUAGES.items() if not its.csv] == []
    assert len({its.keep for its in LANGUAGES.values()}) == len(LANGUAGES)


def test_what_a_new_language_lacks_is_named() -> None:
    half = {"colour": ("kleur", "farve", "colour"), "size": ("maat", " ", "size", "taille"), "weight": ("gewicht",)}

    assert wordless(("nl", "da", "en", "fr"), half) == [
        "fr has no text for colour",
        "da has no text for size",
        "da has no text for weight",
        "en has no text for weight",
        "fr has no text for weight",
    ]
    assert wordless(("nl",), {"colour": ("kleur", "farve")}) == ["colour has more texts than languages"]
    assert speechless({"en": without(LANGUAGES["en"], "empty", "years")}) == [
        "en has no words empty",
        "en has no words years",
    ]
