import unicodedata
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.reminders.letters.compile import render
from services.reminders.letters.printable import (
    BREAK,
    INVISIBLE,
    JOINERS,
    PLAIN,
    REPLACEMENT,
    coverage_of,
    printable,
)
from services.reminders.letters.workspace import FONT_FILES, HERE
from tests.services.reminders.letters.reading import box, rightmost, words
from tests.services.reminders.letters.samples import DUTCH, DUTCH_ADDRESS, DUTCH_HOUSE

COVERAGE = coverage_of(tuple(HERE / "fonts" / name for name in FONT_FILES))

PAPER_MM, MARGIN_MM = 210, 20
SURROGATES: list[Literal["Cs"]] = ["Cs"]
TRICKY = st.one_of(
    st.text(min_size=1, max_size=60),
    st.text(
        st.one_of(
            *(
                st.characters(min_codepoint=first, max_codepoint=last, exclude_categories=SURROGATES)
                for first, last in (
                    (0x300, 0x36F),
                    (0x590, 0x6FF),
                    (0x1F1E6, 0x1FAFF),
                    (0x2000, 0x206F),
                    (0xE0000, 0xE007F),
                    (0xFE00, 0xFE0F),
                    (0x41, 0x5A),
                )
            )
        ),
        min_size=1,
        max_size=40,
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "*bold* _it_ #let x = 1 $y$ `code` <b> @ref // \\ end",
            "*bold* _it_ #let x = 1 $y$ `code` <b> @ref // \\ end",
        ),
        ("two\nlines\tand\ra return", "two lines and a return"),
        ("bell\x07null\x00", f"bell{REPLACEMENT}null{REPLACEMENT}"),
        ("\u202egnp.exe", f"{REPLACEMENT}gnp.exe"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark"),
        ("שלום مرحبا", "שלום مرحبا"),
        ("😀 👨\u200d👩\u200d👧 ❤\ufe0f", "😀 👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("王小明", REPLACEMENT * 3),
        ("ｆｕｌｌ ①", "full 1"),
        ("e\u0301", "é"),
        ("x" + "\u0323" * 9, "x\u0323\u0323"),
        ("\u0301alone", "alone"),
        ("Ærø, Žižek, Łódź, Ș", "Ærø, Žižek, Łódź, Ș"),
        ("", ""),
    ],
)
def test_a_text_prints_literally_and_what_cannot_print_is_seen(text: str, expected: str) -> None:
    assert printable(text, COVERAGE) == expected


def test_lines_of_the_house_stay_lines() -> None:
    assert printable("one\ntwo\r\nthree", COVERAGE, keep_lines=True) == "one\ntwo \nthree"


@pytest.mark.parametrize(("length", "breaks"), [(10, 0), (11, 1), (20, 1), (21, 2)])
def test_a_long_run_gets_places_to_break(length: int, breaks: int) -> None:
    printed = printable("W" * length, COVERAGE, run_max=10)

    assert printed.count(BREAK) == breaks
    assert printed.replace(BREAK, "") == "W" * length


def test_what_is_taken_unseen_is_all_in_the_first_font_and_combines_with_nothing() -> None:
    plain = [chr(code_point) for code_point in range(0x3000) if PLAIN.fullmatch(chr(code_point))]

    assert len(plain) > 400
    assert all(COVERAGE.has(0, ord(character)) for character in plain)
    assert not any(unicodedata.category(character) in {"Mn", "Me", "Cc", "Cf"} for character in plain)
    assert not set(plain) & (INVISIBLE | JOINERS)


@given(TRICKY)
def test_every_printed_character_is_in_a_font(text: str) -> None:
    printed = printable(text, COVERAGE, run_max=10)

    assert all(COVERAGE.first(ord(character)) is not None for character in printed)


def test_a_mark_after_one_that_no_font_has_still_belongs_to_its_letter() -> None:
    assert printable("A\u0592\u0300", COVERAGE) == "\u00c0"


@given(TRICKY)
@example("A\u0592\u0300")
def test_printing_again_changes_nothing(text: str) -> None:
    once = printable(text, COVERAGE)

    assert printable(once.replace(BREAK, ""), COVERAGE) == once


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=TRICKY, voucher=TRICKY, description=TRICKY)
def test_no_text_breaks_a_letter(name: str, voucher: str, description: str) -> None:
    item = replace(DUTCH.items[0], voucher=voucher, description=description)
    addressee = replace(DUTCH_ADDRESS, name=f"{name}.")
    letter = replace(DUTCH, party_id=voucher, addressee=addressee, items=(item,))

    pdf = render(letter, DUTCH_HOUSE)

    assert pdf.startswith(b"%PDF")


def test_markup_in_names_and_descriptions_stands_on_the_page_as_it_is() -> None:
    name = '#panic("x") *Bobby* <b>Tables</b> $1$'
    item = replace(DUTCH.items[0], voucher="#1_2", description="[x] #emph[y] // z")
    letter = replace(DUTCH, addressee=replace(DUTCH_ADDRESS, name=name), items=(item,))

    pdf = render(letter, DUTCH_HOUSE)

    assert name in words(pdf)
    assert "#1_2" in words(pdf)
    assert "[x] #emph[y] // z" in words(pdf)


def test_four_hundred_characters_stay_on_the_page_and_the_street_in_the_window() -> None:
    name = "Stichting tot bevordering van het lezen " * 10
    item = replace(DUTCH.items[0], voucher="V" * 64, description="W" * 400)
    letter = replace(DUTCH, addressee=replace(DUTCH_ADDRESS, name=name), items=(item,), party_id="P" * 64)

    pdf = render(letter, DUTCH_HOUSE)

    whole = words(pdf)
    assert f"Naam: {' '.join(name.split())}" in whole
    assert "…" in whole
    assert "Kerkstraat 1" in whole
    assert "W" * 400 in whole.replace(" ", "")
    assert "V" * 64 in whole.replace(" ", "")
    assert rightmost(pdf) < PAPER_MM - MARGIN_MM + 1
    assert box(pdf, "V" * 10)[2] <= box(pdf, "03-01-2026")[0]


def test_a_further_font_prints_what_the_others_lack() -> None:
    only_latin = coverage_of((HERE / "fonts" / "NotoSans.ttf",))
    assert printable("שלום", only_latin) == REPLACEMENT * 4

    with_hebrew = coverage_of((HERE / "fonts" / "NotoSans.ttf", HERE / "fonts" / "NotoSansHebrew.ttf"))

    assert printable("שלום", with_hebrew) == "שלום"
