from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from services.reminders.letters.compile import LetterCompiler, render
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Charge, Letter, Purpose
from services.reminders.letters.workspace import workspace
from tests.services.reminders.letters.reading import (
    alternatives,
    box,
    catalogue,
    dictionary,
    fonts,
    pages,
    reader,
    roles,
    text,
    words,
)
from tests.services.reminders.letters.samples import DANISH, DUTCH, DUTCH_HOUSE, ENGLISH, FRENCH, SAMPLES, items

EVERY_LANGUAGE = pytest.mark.parametrize("language", list(SAMPLES))


def rendered(language: str) -> bytes:
    return render(*SAMPLES[language])


@pytest.mark.requirement("S2.23")
@EVERY_LANGUAGE
def test_a_letter_is_a_tagged_pdf_in_its_language_with_embedded_fonts(language: str) -> None:
    letter, _ = SAMPLES[language]

    pdf = render(letter, SAMPLES[language][1])

    root = catalogue(pdf)
    assert str(dictionary(root["/MarkInfo"])["/Marked"]) == "True"
    assert str(root["/Lang"])[:2] == language[:2]
    assert str(dictionary(root["/ViewerPreferences"])["/DisplayDocTitle"]) == "True"
    assert all(fonts(pdf).values())
    assert {"Document", "H1", "Table", "TH", "TD", "P"} <= set(roles(pdf))


@EVERY_LANGUAGE
def test_a_letter_claims_the_archive_and_the_accessibility_standard(language: str) -> None:
    pdf = rendered(language)

    metadata = reader(pdf).xmp_metadata
    assert metadata is not None
    xmp = metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


@EVERY_LANGUAGE
def test_the_same_letter_is_the_same_bytes(language: str) -> None:
    first, again = rendered(language), rendered(language)

    assert first == again


def test_the_same_letter_is_the_same_bytes_after_others() -> None:
    letter, style = SAMPLES["nl"]

    with workspace(style) as place:
        compiler = LetterCompiler(style, place)
        alone = compiler.render(letter)
        compiler.render(replace(letter, party_id="another", items=items(60)))
        after_others = compiler.render(letter)

    assert alone == after_others


def test_the_pdf_says_that_it_was_made_on_the_letters_date() -> None:
    pdf = rendered("nl")

    information = reader(pdf).metadata
    assert information is not None
    assert information.creation_date is not None
    assert information.creation_date.date() == date(2026, 11, 22)
    assert information.title == "Aanmaning: betaal €\u00a042,00 uiterlijk op 6\u00a0december\u00a02026"
    assert information.author == "Bibliotheek Rijn en Venen"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("nl", ("Aanmaning: betaal € 42,00", "Geachte heer, mevrouw,", "artikel 6:96 van het Burgerlijk Wetboek")),
        ("nl-BE", ("Geachte mevrouw, geachte heer,", "+++123/4567/89002+++", "Deze eerste herinnering is kosteloos")),
        ("fr", ("Madame, Monsieur,", "Frais de rappel", "Intérêts de retard jusqu’au 22/11/2026 inclus", "62,87 €")),
        ("da", ("Kære kunde", "Rykkergebyr", "+71<000000001234566+12345678<", "150,71 kr.", "Inkassovarsel")),
        ("de", ("Sehr geehrte Damen und Herren,", "Verzugspauschale", "82,00 €", "Kundennummer P000123")),
        ("en", ("Dear Sir or Madam,", "OX1 4BH", "UNITED KINGDOM", "€42.00", "Days overdue")),
    ],
)
def test_a_letter_reads_as_people_write_in_its_language(language: str, sentences: tuple[str, ...]) -> None:
    pdf = rendered(language)

    for sentence in sentences:
        assert sentence in words(pdf)


def test_each_item_shows_voucher_dates_amounts_and_the_days_it_is_overdue() -> None:
    pdf = rendered("nl")

    line = "2026-10001 03-02-2026 03-03-2026 Te laat ingeleverd € 13,50 € 11,00 264"
    assert line in words(pdf)


@pytest.mark.parametrize(("tag", "kind"), [("nl", "Boete"), ("fr", "Amende"), ("da", "Bøde"), ("de", "Säumnisgebühr")])
def test_an_item_without_a_description_says_what_it_is(tag: str, kind: str) -> None:
    letter, house = SAMPLES[tag]
    nameless = replace(letter.items[0], description=" ", kind="fine")

    assert kind in words(render(replace(letter, items=(nameless,)), house))


def test_a_credit_is_never_overdue() -> None:
    assert "2026-10003 03-04-2026 03-05-2026 Creditnota € −5,00 € −5,00 –" in words(rendered("nl"))


def test_a_letter_goes_by_the_number_that_people_can_say() -> None:
    pdf = render(replace(DUTCH, number="7Q4KX2M9TC"), DUTCH_HOUSE)

    assert "Kenmerk 7Q4KX2M9TC" in words(pdf)
    assert DUTCH.reminder_id not in words(pdf)


@pytest.mark.parametrize("count", range(4, 16))
def test_no_page_has_a_closing_without_the_payment(count: int) -> None:
    pdf = render(replace(DUTCH, items=items(count)), DUTCH_HOUSE)

    last = pages(pdf)[-1]
    assert "Met vriendelijke groet" in last
    assert "NL91 ABNA 0417 1643 00" in last.replace("\u00a0", " ")


def test_a_long_letter_repeats_the_headings_and_counts_its_pages() -> None:
    letter = replace(DUTCH, items=items(90))

    pdf = render(letter, DUTCH_HOUSE)

    sheets = pages(pdf)
    assert len(sheets) == 3
    for number, sheet in enumerate(sheets, 1):
        assert f"Pagina {number} van 3" in sheet
        assert "Boekstuk" in sheet
    assert "R-2026-00042" in sheets[2]
    assert roles(pdf).count("TR") >= 90


def test_several_currencies_are_totalled_apart() -> None:
    letter = replace(DUTCH, items=(*items(3), *items(2, "DKK")), charges=(Charge("fee", 250, "DKK"),))

    pdf = render(letter, DUTCH_HOUSE)

    assert "€ 33,00" in words(pdf)
    assert "Totaal openstaand DKK 21,00" in words(pdf)
    assert "Te betalen DKK 23,50" in words(pdf)


def test_who_owes_nothing_on_balance_gets_a_statement_without_payment_instructions() -> None:
    letter = replace(DUTCH, items=items(4)[3:])

    pdf = render(letter, DUTCH_HOUSE)

    assert "Overzicht van uw openstaande posten" in words(pdf)
    assert "Tegoed € −5,00" in words(pdf)
    assert "Zo betaalt u" not in words(pdf)
    assert "incassokosten" not in words(pdf)
    assert "Betalen vóór" not in words(pdf)


@pytest.mark.parametrize(("purpose", "banner"), [("preview", "VOORBEELD"), ("test", "TESTBRIEF – NIET BETALEN")])
def test_a_preview_and_a_test_letter_say_what_they_are(purpose: Purpose, banner: str) -> None:
    letter = replace(DUTCH, purpose=purpose)

    pdf = render(letter, DUTCH_HOUSE)

    assert banner in words(pdf)
    assert banner not in words(rendered("nl"))


@pytest.mark.parametrize(
    ("letter", "style"), [(DUTCH, DUTCH_HOUSE), (FRENCH, SAMPLES["fr"][1]), (DANISH, SAMPLES["da"][1])]
)
def test_the_address_lies_within_the_envelopes_window(letter: Letter, style: HouseStyle) -> None:
    window = style.placed_window()

    pdf = render(letter, style)

    for line in (letter.addressee.name, letter.addressee.street, letter.addressee.postal_code[:4]):
        left, top, right, bottom = box(pdf, line)
        assert window.left_mm + 4 <= left
        assert right <= window.left_mm + window.width_mm - 4
        assert window.top_mm + 4 <= top
        assert bottom <= window.top_mm + window.height_mm


def test_a_country_abroad_is_named_and_the_senders_own_is_not() -> None:
    abroad, at_home = render(ENGLISH, DUTCH_HOUSE), rendered("nl")

    assert "UNITED KINGDOM" in text(abroad)
    assert "NEDERLAND" not in text(at_home)
    assert "1017 GA  AMSTERDAM" in text(at_home)


def test_a_logo_is_drawn_and_described_for_who_cannot_see_it() -> None:
    picture = BytesIO()
    Image.new("RGB", (60, 20), "navy").save(picture, "PNG")
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 1"><rect width="3" height="1"/></svg>'

    for logo in (picture.getvalue(), drawn):
        pdf = render(DUTCH, replace(DUTCH_HOUSE, logo=logo))

        assert roles(pdf).count("Figure") == roles(rendered("nl")).count("Figure") + 1
        assert "Logo van Bibliotheek Rijn en Venen" in alternatives(pdf)
        assert any("QR-code voor een overboeking" in text for text in alternatives(pdf))
