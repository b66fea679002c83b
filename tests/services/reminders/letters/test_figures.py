from datetime import date

import pytest

from services.reminders.letters.model import PostalAddress
from services.reminders.letters.postal import address_lines
from services.reminders.letters.refusals import UnknownCurrency
from services.reminders.letters.texts import read_language


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("nl", "€ −1.234.567,89"),
        ("nl-BE", "€ −1.234.567,89"),
        ("fr", "−1 234 567,89 €"),
        ("da", "−1.234.567,89 €"),
        ("de", "−1.234.567,89 €"),
        ("en", "−€1,234,567.89"),
    ],
)
def test_amounts_are_written_as_the_language_writes_them(tag: str, expected: str) -> None:
    assert plain(read_language(tag).figures.money(-123_456_789, "EUR")) == expected


@pytest.mark.parametrize(
    ("currency", "expected"), [("EUR", "€ 12,50"), ("JPY", "JP¥ 1.250"), ("KWD", "KWD 1,250"), ("DKK", "DKK 12,50")]
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, expected: str) -> None:
    assert plain(read_language("nl").figures.money(1_250, currency)) == expected


def test_the_largest_amount_is_written_to_the_cent() -> None:
    assert plain(read_language("da").figures.money(10**15 - 1, "DKK")) == "9.999.999.999.999,99 kr."


def test_an_amount_in_no_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        read_language("nl").figures.money(1, "XAU")


@pytest.mark.parametrize(
    ("tag", "short", "long"),
    [
        ("nl", "05-01-2026", "5 januari 2026"),
        ("nl-BE", "05/01/2026", "5 januari 2026"),
        ("fr", "05/01/2026", "5 janvier 2026"),
        ("da", "05.01.2026", "5. januar 2026"),
        ("de", "05.01.2026", "5. Januar 2026"),
        ("en", "05/01/2026", "5 January 2026"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(tag: str, short: str, long: str) -> None:
    figures = read_language(tag).figures

    assert figures.day(date(2026, 1, 5)) == short
    assert plain(figures.long_day(date(2026, 1, 5))) == long


@pytest.mark.parametrize(
    ("tag", "basis_points", "expected"),
    [
        ("nl", 1_015, "10,15%"),
        ("fr", 1_050, "10,5 %"),
        ("da", 975, "9,75 %"),
        ("en", 400, "4%"),
        ("de", -88, "-0,88 %"),
    ],
)
def test_rates_are_written_as_the_language_writes_them(tag: str, basis_points: int, expected: str) -> None:
    assert plain(read_language(tag).figures.rate(basis_points)) == expected


@pytest.mark.parametrize(
    ("address", "posted_in", "expected"),
    [
        (PostalAddress("A", "Straat 1", "1017ga", "Amsterdam", "NL"), "NL", ("A", "Straat 1", "1017 GA  AMSTERDAM")),
        (PostalAddress("A", "Straat 1", "1017 GA", "Den Haag", "NL"), "NL", ("A", "Straat 1", "1017 GA  DEN HAAG")),
        (PostalAddress("A", "Laan 1", "9000", "Gent", "BE"), "BE", ("A", "Laan 1", "9000 Gent")),
        (PostalAddress("A", "Laan 1", "9000", "Gent", "BE"), "NL", ("A", "Laan 1", "9000 Gent", "BELGIË")),
        (
            PostalAddress("A", "Vej 1", "8000", "Aarhus C", "DK", ("c/o B",)),
            "DK",
            ("A", "c/o B", "Vej 1", "8000 Aarhus C"),
        ),
        (PostalAddress("A", "1 Road", "sw1a 1aa", "London", "GB"), "GB", ("A", "1 Road", "LONDON", "SW1A 1AA")),
        (PostalAddress("A", "Kaya 1", "", "Willemstad", "CW"), "NL", ("A", "Kaya 1", "Willemstad", "CURAÇAO")),
        (PostalAddress("A", "X", "1", "Y", "ZZ"), "NL", ("A", "X", "1 Y", "ONBEKEND GEBIED")),
    ],
)
def test_addresses_are_written_as_the_post_wants_them(
    address: PostalAddress, posted_in: str, expected: tuple[str, ...]
) -> None:
    lines = address_lines(address, posted_in=posted_in, locale=read_language("nl").figures.locale)

    assert tuple(plain(line) for line in lines) == expected
