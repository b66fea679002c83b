"""A language of letters is a row, a file and a sample: a forgotten one, or another language's text, is noticed here."""

import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from typing import Any, get_args

import pytest

from services.reminders.law.claims import NoticeKind
from services.reminders.letters.compile import render
from services.reminders.letters.model import ChargeKind, Letter, Purpose, ReferenceKind
from services.reminders.letters.texts import LANGUAGES, read_language
from tests.gates.tree import ROOT
from tests.services.reminders.letters import samples
from tests.services.reminders.letters.samples import EVERY_SAMPLE, FURTHER_SAMPLES, SAMPLES

FOLDER = ROOT / "services/reminders/letters/languages"
TABLE = "LANGUAGES of services/reminders/letters/texts.py"
SAMPLES_FILE = "SAMPLES of tests/services/reminders/letters/samples.py"
REFERENCE = "nl"
"""The language whose file the others are held against; any would do."""

NAMES = {"labels.iban", "labels.bic"}
"""Names of standards, which are the same everywhere."""
FORMATS = {"date_pattern"}
"""No words: how figures are written, which neighbours share."""
VARIANT_OF = {"nl-BE": "nl"}
"""Variants of a language may name a thing as it does; what they say of it in a letter is their own."""
SAID_IN_A_LETTER = re.compile(r"greeting|valediction|levels\..*|statement\.(opening|closing).*")
SAME_WORD = {
    ("da", "nl", "kinds.payment"): "Betaling",
    ("da", "nl-BE", "kinds.payment"): "Betaling",
    ("da", "nl", "kinds.interest"): "Rente",
    ("de", "nl", "labels.date"): "Datum",
    ("de", "nl-BE", "labels.date"): "Datum",
    ("de", "nl", "labels.item_date"): "Datum",
    ("de", "nl-BE", "labels.item_date"): "Datum",
    ("de", "en", "labels.name"): "Name",
    ("en", "fr", "labels.date"): "Date",
    ("en", "fr", "labels.item_date"): "Date",
}
"""Words that two languages do have in common."""


def flat(content: Any, within: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a language file under its full name: `labels.fee`, `levels.1.opening[0]`."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from flat(value, f"{within}.{name}" if within else name)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from flat(value, f"{within}[{number}]")
    else:
        yield within, content


FILES = {path.stem: dict(flat(tomllib.loads(path.read_text("utf-8")))) for path in sorted(FOLDER.glob("*.toml"))}


def test_every_language_has_a_row_and_every_row_its_file() -> None:
    without_a_row = [f"languages/{tag}.toml has no row in {TABLE}" for tag in sorted(FILES.keys() - set(LANGUAGES))]
    without_a_file = [f"{tag} of {TABLE} has no languages/{tag}.toml" for tag in sorted(set(LANGUAGES) - FILES.keys())]

    assert without_a_row + without_a_file == []


@pytest.mark.parametrize("tag", FILES)
def test_every_file_says_the_same_things(tag: str) -> None:
    keys, expected = set(map(of_one_text, FILES[tag])), set(map(of_one_text, FILES[REFERENCE]))

    lacking = [f"languages/{tag}.toml lacks {key}" for key in sorted(expected - keys)]
    too_many = [f"languages/{tag}.toml has {key}, which {REFERENCE}.toml has not" for key in sorted(keys - expected)]

    assert lacking + too_many == []


def of_one_text(key: str) -> str:
    """The text that a paragraph belongs to: languages may use more sentences or fewer."""
    return key.partition("[")[0]


@pytest.mark.parametrize(("one", "other"), list(combinations(FILES, 2)))
def test_no_language_says_what_another_says(one: str, other: str) -> None:
    shared = {key for key, text in FILES[one].items() if FILES[other].get(key) == text} - NAMES - FORMATS
    if VARIANT_OF.get(one) == other or VARIANT_OF.get(other) == one:
        shared = {key for key in shared if SAID_IN_A_LETTER.fullmatch(key)}

    unexplained = [key for key in sorted(shared) if SAME_WORD.get((one, other, key)) != FILES[one][key]]

    assert [f"languages/{one}.toml and languages/{other}.toml say the same: {key}" for key in unexplained] == []


def test_no_word_is_excused_that_differs_by_now() -> None:
    assert [key for key, word in SAME_WORD.items() if {FILES[tag].get(key[2]) for tag in key[:2]} != {word}] == []


@pytest.mark.parametrize("tag", FILES)
def test_every_notice_of_the_law_has_words(tag: str) -> None:
    named = {key.split(".")[1] for key in FILES[tag] if key.startswith("notices.")}

    assert named == set(get_args(NoticeKind)), f"notices of languages/{tag}.toml"


def test_every_language_has_a_sample_in_that_language() -> None:
    lacking = [f"{tag} has no letter in {SAMPLES_FILE}" for tag in LANGUAGES if tag not in SAMPLES]
    other = [
        f"the sample of {tag} is in {letter.language}" for tag, (letter, _) in SAMPLES.items() if letter.language != tag
    ]

    assert lacking + other == []


def test_every_letter_of_the_samples_is_one_of_them() -> None:
    tried = [id(letter) for letter, _ in EVERY_SAMPLE.values()]

    orphans = [name for name, made in vars(samples).items() if isinstance(made, Letter) and id(made) not in tried]

    assert orphans == [], f"no sample has these letters: add them to {SAMPLES_FILE}, or take them away"


def test_every_kind_of_letter_has_a_sample() -> None:
    letters = [letter for letter, _ in EVERY_SAMPLE.values()]

    assert {letter.level for letter in letters} == {int(level) for level in read_language(REFERENCE).levels}
    assert {charge.kind for letter in letters for charge in letter.charges} == set(get_args(ChargeKind))
    assert {letter.notice.kind for letter in letters if letter.notice} == set(get_args(NoticeKind))
    assert {letter.payment.reference_kind for letter in letters} == set(get_args(ReferenceKind))
    assert {letter.purpose for letter in letters} == set(get_args(Purpose))
    assert {letter.by_post for letter in letters} == {True, False}


@pytest.mark.parametrize("name", list(FURTHER_SAMPLES))
def test_every_further_sample_can_be_printed(name: str) -> None:
    assert render(*EVERY_SAMPLE[name]).startswith(b"%PDF-")
