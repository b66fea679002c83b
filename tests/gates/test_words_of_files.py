"""Whatever stands above a column of selection's files, or in it as a code, has words in every language."""

from collections.abc import Iterable

from services.selection.domain.catalogue import Field, FieldType, Language, catalogue
from services.selection.domain.export_formats import TICK
from services.selection.domain.report_rows import ageing_columns, customer_columns, totals_columns
from services.selection.domain.sentences import CODE_WORDS

LANGUAGES = {"nl", "da", "en"}
THE_SAME = frozenset({"e-mail", "IBAN", "status"})
"""Words that Dutch, Danish and English write alike, and codes that need none."""


def wordless(fields: Iterable[Field]) -> list[str]:
    """The fields that lack a label in a language."""
    return [field.name for field in fields if set(field.labels) != LANGUAGES or not all(field.labels.values())]


def test_every_field_and_column_of_selections_files_has_a_label_in_each_language() -> None:
    columns = [*customer_columns(), *ageing_columns(per_party=True)]
    for by in ("status", "journal", "branch", "kind"):
        columns += totals_columns(by)

    assert wordless([*catalogue().values(), *columns]) == []
    assert set(TICK) == LANGUAGES


def test_every_code_that_a_field_can_have_is_said_in_each_language() -> None:
    codes = {code for field in catalogue().values() for code in field.choices}

    assert {code for code in codes - CODE_WORDS.keys() if code not in THE_SAME} == set()


def test_a_column_without_words_is_noticed() -> None:
    labels: dict[Language, str] = {"nl": "kleur", "en": "colour"}
    half = Field("colour", FieldType.TEXT, labels, of_party=False)
    empty = Field("size", FieldType.TEXT, {**labels, "da": ""}, of_party=False)

    assert wordless([half, empty]) == ["colour", "size"]
