import re
from dataclasses import replace
from typing import get_args

import pytest

from contracts.library import ItemKind
from services.reminders.letters.compile import render
from services.reminders.letters.creditor import NAMING_THE_CREDITOR
from services.reminders.letters.house_style import LevelText
from services.reminders.letters.page import Writer, placeholders
from services.reminders.letters.texts import LANGUAGES, fill, language_of, read_language
from services.reminders.letters.workspace import workspace
from tests.services.reminders.letters.reading import words
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE, SAMPLES

EVERY_LANGUAGE = pytest.mark.parametrize("tag", LANGUAGES)
LABEL_PLACEHOLDERS = {"page", "pages", "until", "amount", "iban", "reference", "sender"}


def named(template: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", template))


@EVERY_LANGUAGE
def test_every_language_has_the_same_labels_levels_and_notices(tag: str) -> None:
    language, dutch = read_language(tag), read_language("nl")

    assert language.labels.keys() == dutch.labels.keys()
    assert language.mail.keys() == dutch.mail.keys()
    assert language.kinds.keys() == dutch.kinds.keys() == set(get_args(ItemKind))
    assert language.levels.keys() == dutch.levels.keys() == {1, 2, 3, 4}
    assert language.notices.keys() == dutch.notices.keys()
    assert {name: named(label) for name, label in language.labels.items()} == {
        name: named(label) for name, label in dutch.labels.items()
    }
    assert all(named(label) <= LABEL_PLACEHOLDERS for label in language.labels.values())


@EVERY_LANGUAGE
def test_every_text_of_a_language_can_be_filled_in(tag: str) -> None:
    language = language_of(tag)
    with workspace(DUTCH_HOUSE) as place:
        values = placeholders(Writer(DUTCH, DUTCH_HOUSE, language, place.coverage()))

    texts = [language.statement, *language.levels.values()]
    for template in [part for text in texts for part in (text.subject, *text.opening, *text.closing)]:
        assert "{" not in fill(template, values)
    for notice in language.notices.values():
        known = {**values, "enterprise_number": "0123.456.749"}
        assert all("{" not in fill(template, known) for template in (notice.title, *notice.paragraphs))


@EVERY_LANGUAGE
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_every_level_names_what_to_pay_and_by_when(tag: str, level: int) -> None:
    text = read_language(tag).levels[level]

    whole = " ".join((text.subject, *text.opening))
    assert {"total", "pay_by"} <= named(whole)


@EVERY_LANGUAGE
def test_the_legal_notices_name_the_term_and_what_it_costs(tag: str) -> None:
    for kind, notice in read_language(tag).notices.items():
        term = "pay_by" if kind == "dk-collection-warning" else "days"
        creditor = {"sender", "enterprise_number"} if kind in NAMING_THE_CREDITOR else set()
        assert {term, "fee"} | creditor <= named(" ".join((notice.title, *notice.paragraphs)))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("nl", "nl"), ("nl-NL", "nl"), ("nl-BE", "nl-BE"), ("fr-BE", "fr"), ("da-DK", "da"), ("en-US", "en")],
)
def test_a_region_without_texts_of_its_own_reads_those_of_its_language(tag: str, expected: str) -> None:
    assert language_of(tag).tag == expected


def test_flemish_says_it_otherwise_than_dutch() -> None:
    flemish, dutch = read_language("nl-BE"), read_language("nl")

    assert flemish.greeting != dutch.greeting
    assert all(flemish.levels[level] != dutch.levels[level] for level in dutch.levels)


def test_a_text_of_the_house_replaces_the_standard_one_for_its_level_only() -> None:
    own = LevelText("Beste {name}: *{total}*", ("Regel één\nRegel twee", "{{niet}} ingevuld"), ("Tot {pay_by}.",))
    style = replace(DUTCH_HOUSE, texts={("standard", "nl", 3): own})

    ours = words(render(DUTCH, style))
    other_level = words(render(replace(DUTCH, level=2), style))

    assert "Beste Mevrouw A. de Vries-van den Berg: *€ 42,00*" in ours
    assert "Regel één Regel twee" in ours
    assert "{niet} ingevuld" in ours
    assert "Tot 6 december 2026." in ours
    assert "Tweede herinnering: € 42,00" in other_level


def test_a_layout_of_the_house_may_have_levels_of_its_own() -> None:
    own = LevelText("Aan de scholen: {total}", ("Niveau {level}.",))
    style = replace(DUTCH_HOUSE, texts={("schools", "nl", 9): own})
    letter = replace(DUTCH, layout="schools", level=9)

    assert "Aan de scholen: € 42,00" in words(render(letter, style))


def test_what_a_placeholder_brings_in_is_not_looked_through_again() -> None:
    assert fill("Beste {name}", {"name": "{total}", "total": "1"}) == "Beste {total}"


def test_the_printed_letter_names_its_addressee_where_a_text_asks() -> None:
    letter, style = SAMPLES["da"]
    own = replace(
        style, texts={("standard", "da", 3): LevelText("Til {name}, {customer}", ("{sender} {oldest} {date}",))}
    )

    printed = words(render(letter, own))

    assert "Til Søren Ærø, P000123" in printed
    assert "Aarhus Bibliotekerne 3. februar 2026 22. november 2026" in printed


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("11,67 kr.", "Du skylder 11,67 kr. Betal nu."), ("€ 11,67", "Du skylder € 11,67. Betal nu.")],
)
def test_an_amount_that_ends_with_a_full_stop_ends_its_sentence(amount: str, expected: str) -> None:
    assert fill("Du skylder {total}. Betal nu.", {"total": amount}) == expected
