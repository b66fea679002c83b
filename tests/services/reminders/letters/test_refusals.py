from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from chassis.errors import Refused
from services.reminders.law.claims import NoticeKind
from services.reminders.letters import refusals
from services.reminders.letters.compile import render
from services.reminders.letters.house_style import HouseStyle, LevelText
from services.reminders.letters.model import Letter, PostalAddress
from services.reminders.letters.page import ITEMS_MAX
from tests.services.reminders.letters.reading import words
from tests.services.reminders.letters.samples import (
    DANISH,
    DANISH_PAYMENT,
    DUTCH,
    DUTCH_HOUSE,
    DUTCH_PAYMENT,
    FLEMISH,
    FLEMISH_HOUSE,
    items,
)


def with_payment(**changes: Any) -> Letter:
    return replace(DUTCH, payment=replace(DUTCH_PAYMENT, **changes))


def with_address(**changes: Any) -> Letter:
    return replace(DUTCH, addressee=replace(DUTCH.addressee, **changes))


@pytest.mark.parametrize(
    ("letter", "kind", "field"),
    [
        (with_payment(iban="NL91ABNA0417164301"), refusals.InvalidIban, "payment.iban"),
        (with_payment(iban="91ABNA"), refusals.InvalidIban, "payment.iban"),
        (with_payment(iban=""), refusals.InvalidIban, "payment.iban"),
        (with_payment(bic="ABNA"), refusals.InvalidBic, "payment.bic"),
        (with_payment(reference="RF00 1"), refusals.InvalidReference, "payment.reference"),
        (replace(DANISH, payment=replace(DANISH_PAYMENT, fi_creditor="1234567")), refusals.InvalidReference, None),
        (replace(DANISH, payment=replace(DANISH_PAYMENT, fi_creditor=None)), refusals.InvalidReference, None),
        (with_payment(currency="EURO"), refusals.UnknownCurrency, "payment.currency"),
        (with_address(name=" "), refusals.MissingAddress, "addressee.name"),
        (with_address(street=""), refusals.MissingAddress, "addressee.street"),
        (with_address(city=""), refusals.MissingAddress, "addressee.city"),
        (with_address(postal_code=""), refusals.MissingAddress, "addressee.postal_code"),
        (with_address(country=""), refusals.MissingAddress, "addressee.country"),
        (replace(DUTCH, language="sv"), refusals.UnknownLanguage, "language"),
        (replace(DUTCH, level=5), refusals.UnknownLevel, "level"),
        (replace(DUTCH, level=0), refusals.UnknownLevel, "level"),
        (replace(DUTCH, layout="schools"), refusals.UnknownLayout, "layout"),
        (replace(DUTCH, items=()), refusals.NothingToPrint, "items"),
        (replace(DUTCH, items=items(ITEMS_MAX + 1)), refusals.TooManyItems, "items"),
        (replace(DUTCH, items=items(2, "XXQ")), refusals.UnknownCurrency, "items[0].currency"),
    ],
)
def test_what_may_not_be_printed_is_refused_with_its_field_and_a_remedy(
    letter: Letter, kind: type[refusals.LetterRefused], field: str | None
) -> None:
    style = DUTCH_HOUSE

    with pytest.raises(kind) as refusal:
        render(letter, style)

    assert isinstance(refusal.value, Refused)
    assert refusal.value.remedy
    assert refusal.value.field == (field or "payment.fi_creditor")


def test_an_unknown_legal_notice_is_refused() -> None:
    assert DUTCH.notice is not None
    letter = replace(DUTCH, notice=replace(DUTCH.notice, kind=cast("NoticeKind", "xx-notice")))

    with pytest.raises(refusals.UnknownNotice, match="xx-notice"):
        render(letter, DUTCH_HOUSE)


@pytest.mark.parametrize("kind", ["be-first-reminder-post", "be-first-reminder-electronic"])
@pytest.mark.parametrize(
    ("number", "registration", "refusal"),
    [
        (None, (), refusals.MissingEnterpriseNumber),
        ("", ("RPR Gent", "Btw 0417.497.107"), refusals.MissingEnterpriseNumber),
        ("0417.497.107", ("BE 0417.497.106",), refusals.InvalidEnterpriseNumber),
        ("BE68539007547034", (), refusals.InvalidEnterpriseNumber),
    ],
)
def test_a_belgian_first_reminder_without_a_valid_enterprise_number_is_refused(
    kind: NoticeKind, number: str | None, registration: tuple[str, ...], refusal: type[refusals.LetterRefused]
) -> None:
    assert FLEMISH.notice is not None
    letter = replace(FLEMISH, notice=replace(FLEMISH.notice, kind=kind))
    sender = replace(FLEMISH_HOUSE.sender, enterprise_number=number, registration=registration)

    with pytest.raises(refusal) as refused:
        render(letter, replace(FLEMISH_HOUSE, sender=sender))

    assert (refused.value.field, bool(refused.value.remedy)) == ("sender.enterprise_number", True)


@pytest.mark.parametrize(
    ("number", "registration"),
    [("BE0417497106", ()), ("0417 497 106", ("Btw BE 0123.456.749",)), (None, ("RPR Gent", "Btw BE 0417.497.106"))],
)
def test_a_belgian_first_reminder_names_the_creditor_and_its_enterprise_number(
    number: str | None, registration: tuple[str, ...]
) -> None:
    sender = replace(FLEMISH_HOUSE.sender, enterprise_number=number, registration=registration)

    printed = words(render(FLEMISH, replace(FLEMISH_HOUSE, sender=sender)))

    assert "Schuldeiser: Bibliotheek Gent, ondernemingsnummer 0417.497.106." in printed


def test_a_later_belgian_reminder_needs_no_enterprise_number() -> None:
    sender = replace(FLEMISH_HOUSE.sender, registration=())

    assert render(replace(FLEMISH, notice=None), replace(FLEMISH_HOUSE, sender=sender)).startswith(b"%PDF")


def test_the_most_items_that_a_letter_takes_are_taken() -> None:
    letter = replace(DUTCH, items=items(ITEMS_MAX))

    pdf = render(letter, DUTCH_HOUSE)

    assert pdf.startswith(b"%PDF")


def test_who_is_reminded_by_e_mail_needs_no_address_but_a_name() -> None:
    nameless = replace(DUTCH, by_post=False, addressee=PostalAddress("", "", "", "", ""))
    named = replace(nameless, addressee=PostalAddress("Jan Jansen", "", "", "", ""))

    with pytest.raises(refusals.MissingAddress):
        render(nameless, DUTCH_HOUSE)
    assert "Jan Jansen" in words(render(named, DUTCH_HOUSE))


def test_an_address_where_no_postal_codes_exist_needs_none() -> None:
    letter = replace(DUTCH, addressee=PostalAddress("Jan Jansen", "Kaya 1", "", "Willemstad", "CW"))

    assert render(letter, DUTCH_HOUSE).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("style", "field"),
    [
        (replace(DUTCH_HOUSE, accent="blue"), "style.accent"),
        (replace(DUTCH_HOUSE, logo=b"GIF89a"), "style.logo"),
        (replace(DUTCH_HOUSE, logo=b"\x89PNG\r\n\x1a\nrubbish"), "style.logo"),
        (replace(DUTCH_HOUSE, logo=b"<svg" + b" " * 600_000), "style.logo"),
        (replace(DUTCH_HOUSE, font_files=("/nowhere/font.ttf",)), "style.font_files"),
        (
            replace(DUTCH_HOUSE, sender=replace(DUTCH_HOUSE.sender, registration=("x",) * 5)),
            "style.sender.registration",
        ),
    ],
)
def test_a_house_style_that_would_spoil_every_letter_is_refused_at_once(style: HouseStyle, field: str) -> None:
    with pytest.raises(refusals.InvalidStyle) as refusal:
        render(DUTCH, style)

    assert refusal.value.field == field
    assert refusal.value.remedy


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(b"no font at all")

    with pytest.raises(refusals.InvalidStyle):
        render(DUTCH, replace(DUTCH_HOUSE, font_files=(str(file),)))


@pytest.mark.parametrize("text", ["{nobody}", "{total!r}", "{total:>9}", "{total", "{}", "{total.real}"])
def test_a_text_of_the_house_with_a_wrong_placeholder_is_refused(text: str) -> None:
    style = replace(DUTCH_HOUSE, texts={("standard", "nl", 3): LevelText(text, ())})

    with pytest.raises(refusals.UnknownPlaceholder) as refusal:
        render(DUTCH, style)

    assert "total" in (refusal.value.remedy or "")


def test_a_refusal_survives_the_way_between_processes() -> None:
    refusal = refusals.UnknownLevel(7, "standard", "nl")

    again = copy(refusal)

    assert type(again) is refusals.UnknownLevel
    assert (again.code, again.message, again.field, again.remedy) == (
        refusal.code,
        refusal.message,
        refusal.field,
        refusal.remedy,
    )
    assert str(again) == str(refusal)
