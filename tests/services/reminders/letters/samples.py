"""Letters and houses to try: one per language, each with what is particular to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.reminders.law.claims import NoticeDue
from services.reminders.letters.house_style import HouseStyle, LetterSender
from services.reminders.letters.model import (
    Charge,
    Letter,
    LetterItem,
    PaymentInstruction,
    PostalAddress,
)
from services.reminders.letters.references import build_fi, build_ogm, build_rf

TODAY = date(2026, 11, 22)
PAY_BY = date(2026, 12, 6)

DUTCH_HOUSE = HouseStyle(
    LetterSender(
        PostalAddress("Bibliotheek Rijn en Venen", "Dorpsstraat 12", "3441 AB", "Woerden", "NL"),
        phone="0348 123 456",
        email="financien@bibliotheek.example",
        website="www.bibliotheek.example",
        registration=("KvK 12345678", "Btw NL001234567B01"),
        signatory="Afdeling Financiën",
    )
)
FLEMISH_HOUSE = HouseStyle(
    LetterSender(
        PostalAddress("Bibliotheek Gent", "Miriam Makebaplein 1", "9000", "Gent", "BE"),
        email="financien@bib.example",
        registration=("Ondernemingsnummer 0417.497.106",),
    ),
    accent="#7a1f3d",
)
DANISH_HOUSE = HouseStyle(
    LetterSender(
        PostalAddress("Aarhus Bibliotekerne", "Hack Kampmanns Plads 2", "8000", "Aarhus C", "DK"),
        phone="89 40 00 00",
        registration=("CVR 55133018",),
        signatory="Økonomi",
    ),
    accent="#00695c",
)
GERMAN_HOUSE = HouseStyle(
    LetterSender(
        PostalAddress("Stadtbibliothek Bremen", "Am Wall 201", "28195", "Bremen", "DE"), email="kasse@stabi.example"
    )
)

DUTCH_PAYMENT = PaymentInstruction(
    "Bibliotheek Rijn en Venen", "NL91ABNA0417164300", "ABNANL2A", "EUR", PAY_BY, build_rf("539007547034"), "rf"
)
BELGIAN_PAYMENT = PaymentInstruction(
    "Bibliotheek Gent", "BE68539007547034", "GKCCBEBB", "EUR", PAY_BY, build_ogm(1234567890), "ogm"
)
DANISH_PAYMENT = PaymentInstruction(
    "Aarhus Bibliotekerne", "DK5000400440116243", None, "DKK", PAY_BY, build_fi(123456), "fi-71", "12345678"
)
GERMAN_PAYMENT = PaymentInstruction(
    "Stadtbibliothek Bremen", "DE89370400440532013000", "COBADEFF", "EUR", PAY_BY, "Kundennummer P000123"
)

DUTCH_ADDRESS = PostalAddress("Mevrouw A. de Vries-van den Berg", "Kerkstraat 1", "1017GA", "Amsterdam", "NL")


def items(count: int, currency: str = "EUR") -> tuple[LetterItem, ...]:
    """Return that many items, the first two partly paid and a credit note among them when there are four."""
    kinds = ("Contributie 2026", "Te laat ingeleverd", "Vervangen materiaal", "Creditnota")
    return tuple(
        LetterItem(
            voucher=f"2026-{10_000 + number}",
            item_date=date(2026, 1 + number % 9, 3),
            due_date=date(2026, 2 + number % 9, 3),
            description=kinds[number % 4],
            amount_minor=-500 if number % 4 == 3 else 1_250 + 100 * number,
            open_minor=-500 if number % 4 == 3 else 1_000 + 100 * number,
            currency=currency,
        )
        for number in range(count)
    )


DUTCH = Letter(
    reminder_id="R-2026-00042",
    party_id="P000123",
    language="nl",
    level=3,
    date=TODAY,
    addressee=DUTCH_ADDRESS,
    items=items(5),
    payment=DUTCH_PAYMENT,
    notice=NoticeDue("nl-fourteen-days", 14, 4_000, "EUR"),
)
FLEMISH = replace(
    DUTCH,
    language="nl-BE",
    level=1,
    addressee=PostalAddress("Lotte Peeters", "Brusselsesteenweg 4 bus 12", "9050", "Gentbrugge", "BE"),
    payment=BELGIAN_PAYMENT,
    notice=NoticeDue("be-first-reminder-post", 14, 2_000, "EUR", 1_050),
)
FRENCH = replace(
    FLEMISH,
    language="fr",
    level=2,
    notice=None,
    charges=(Charge("fee", 2_000, "EUR"), Charge("interest", 87, "EUR", TODAY)),
)
DANISH = replace(
    DUTCH,
    language="da",
    addressee=PostalAddress("Søren Ærø", "Randersvej 7, 2. tv.", "8200", "Aarhus N", "DK"),
    items=items(5, "DKK"),
    payment=DANISH_PAYMENT,
    charges=(Charge("fee", 10_000, "DKK"), Charge("interest", 871, "DKK", TODAY)),
    notice=NoticeDue("dk-collection-warning", 10, 10_000, "DKK"),
)
GERMAN = replace(
    DUTCH,
    language="de",
    level=2,
    addressee=PostalAddress("Grundschule am Pulverberg", "Schwachhauser Heerstraße 5", "28203", "Bremen", "DE"),
    payment=GERMAN_PAYMENT,
    notice=None,
    charges=(Charge("compensation", 4_000, "EUR"),),
)
ENGLISH = replace(
    DUTCH,
    language="en",
    level=4,
    addressee=PostalAddress("Ada Byron", "10 High Street", "OX1 4BH", "Oxford", "GB"),
    notice=None,
)

SAMPLES: dict[str, tuple[Letter, HouseStyle]] = {
    "nl": (DUTCH, DUTCH_HOUSE),
    "nl-BE": (FLEMISH, FLEMISH_HOUSE),
    "fr": (FRENCH, FLEMISH_HOUSE),
    "da": (DANISH, DANISH_HOUSE),
    "de": (GERMAN, GERMAN_HOUSE),
    "en": (ENGLISH, DUTCH_HOUSE),
}

FURTHER_SAMPLES: dict[str, tuple[Letter, HouseStyle]] = {
    "first reminder by e-mail": (
        replace(FLEMISH, by_post=False, notice=NoticeDue("be-first-reminder-electronic", 14, 2_000, "EUR", 1_050)),
        FLEMISH_HOUSE,
    ),
    "nothing to pay": (replace(DUTCH, items=items(4)[3:], notice=None), DUTCH_HOUSE),
    "preview": (replace(DANISH, purpose="preview"), DANISH_HOUSE),
    "test": (replace(GERMAN, purpose="test"), GERMAN_HOUSE),
}
"""Kinds of letter that no language needs a sample of its own for."""
EVERY_SAMPLE = SAMPLES | FURTHER_SAMPLES
