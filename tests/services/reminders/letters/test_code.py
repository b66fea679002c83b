from dataclasses import replace
from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from segno import helpers

from services.reminders.letters.compile import render
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter, totals
from services.reminders.letters.payment_code import AMOUNT_MINOR_MAX, code_svg, has_code, transfer
from tests.services.reminders.letters.reading import codes
from tests.services.reminders.letters.samples import BELGIAN_PAYMENT, DANISH, DUTCH, DUTCH_HOUSE, DUTCH_PAYMENT, SAMPLES


@pytest.mark.parametrize("language", ["nl", "nl-BE", "fr", "de", "en"])
def test_the_code_on_the_page_decodes_to_the_amount_that_the_letter_asks(language: str) -> None:
    letter, style = SAMPLES[language]

    found = codes(render(letter, style))

    assert len(found) == 1
    fields = found[0].split("\n")
    amount_minor = totals(letter)["EUR"]
    assert fields[:4] == ["BCD", "002", "1", "SCT"]
    assert fields[5] == letter.payment.holder
    assert fields[6] == letter.payment.iban
    assert fields[7] == f"EUR{amount_minor // 100}.{amount_minor % 100:02d}"


def test_an_iso_reference_is_structured_and_a_belgian_one_is_written_out() -> None:
    dutch, belgian = SAMPLES["nl"], SAMPLES["fr"]

    structured, written = codes(render(*dutch))[0].split("\n"), codes(render(*belgian))[0].split("\n")

    assert structured[9:] == ["RF18539007547034"]
    assert written[9:] == ["", "+++123/4567/89002+++"]


@pytest.mark.parametrize(
    ("letter", "style"),
    [
        (DANISH, SAMPLES["da"][1]),
        (replace(DUTCH, payment=replace(DUTCH_PAYMENT, currency="DKK")), DUTCH_HOUSE),
        (replace(DUTCH, items=(replace(DUTCH.items[0], open_minor=-1),)), DUTCH_HOUSE),
        (replace(DUTCH, items=(replace(DUTCH.items[0], open_minor=0),)), DUTCH_HOUSE),
    ],
    ids=["kroner", "euros paid in kroner", "credit", "nothing"],
)
def test_there_is_no_code_unless_euros_are_owed(letter: Letter, style: HouseStyle) -> None:
    pdf = render(letter, style)

    assert codes(pdf) == []


@pytest.mark.parametrize(
    ("amount_minor", "expected"), [(0, False), (1, True), (AMOUNT_MINOR_MAX, True), (AMOUNT_MINOR_MAX + 1, False)]
)
def test_the_scheme_carries_a_cent_up_to_its_limit(amount_minor: int, *, expected: bool) -> None:
    assert has_code(DUTCH_PAYMENT, amount_minor) is expected


@given(amount_minor=st.integers(1, AMOUNT_MINOR_MAX))
def test_the_content_says_the_amount_to_the_cent(amount_minor: int) -> None:
    content = transfer(DUTCH_PAYMENT, amount_minor, "RF18 5390 0754 7034")

    whole, cents = content.split("\n")[7].removeprefix("EUR").split(".")
    assert int(whole) * 100 + int(cents) == amount_minor


def test_the_content_is_what_another_implementation_of_the_scheme_says() -> None:
    ours = transfer(BELGIAN_PAYMENT, 4_200, "+++123/4567/89002+++")

    theirs = helpers.make_epc_qr(
        name=BELGIAN_PAYMENT.holder,
        iban=BELGIAN_PAYMENT.iban,
        amount=42,
        bic=BELGIAN_PAYMENT.bic,
        text="+++123/4567/89002+++",
        encoding=1,
    )
    picture = BytesIO()
    theirs.save(picture, kind="png", scale=4)
    decoded = zxingcpp.read_barcode(Image.open(picture))
    assert decoded is not None
    assert ours.replace("EUR42.00", "EUR42") == decoded.text


def test_names_beyond_ascii_and_beyond_the_scheme_s_length_fit() -> None:
    payment = replace(DUTCH_PAYMENT, holder="Bibliothèque «Ærø»\n" + "ß" * 100, reference_kind="text")

    content = transfer(payment, 1, "x" * 200 + "😀")

    assert code_svg(content).startswith("<svg")
    holder, remittance = content.split("\n")[5], content.split("\n")[10]
    assert len(holder) == 70
    assert holder.startswith("Bibliothèque «Ærø» ß")
    assert remittance == "x" * 140
