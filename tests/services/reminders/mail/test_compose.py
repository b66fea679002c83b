from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter
from services.reminders.letters.refusals import UnknownLanguage
from services.reminders.mail.compose import MailEnvelope, compose, message_id, reminder_of
from services.reminders.mail.refusals import InvalidEmail
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE, SAMPLES

SENT_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ENVELOPE = MailEnvelope("financien@bibliotheek.example", "a.devries@mail.example", SENT_AT)
PDF = b"%PDF-1.7 the letter"


def read(letter: Letter, style: HouseStyle, envelope: MailEnvelope = ENVELOPE) -> EmailMessage:
    message = message_from_bytes(compose(letter, style, PDF, envelope).as_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_same_reminder_is_the_same_message_to_the_byte() -> None:
    first, again = (compose(DUTCH, DUTCH_HOUSE, PDF, ENVELOPE).as_bytes() for _ in range(2))

    assert first == again


def test_a_message_names_the_reminder_so_that_a_second_sending_is_recognised() -> None:
    message = read(DUTCH, DUTCH_HOUSE)

    assert message["Message-ID"] == "<reminder.R-2026-00042@bibliotheek.example>"
    assert reminder_of(message["Message-ID"]) == "R-2026-00042"
    assert reminder_of("<someone-elses@example.org>") is None
    assert message_id("R/1 <x>", "a@b.example") == "<reminder.R-1--x-@b.example>"


@pytest.mark.parametrize(
    ("language", "subject", "sentences", "file_name"),
    [
        (
            "nl",
            "Aanmaning: betaal € 42,00 uiterlijk op 6 december 2026",
            ("IBAN: NL91 ABNA 0417 1643 00",),
            "herinnering",
        ),
        ("nl-BE", "Betalingsherinnering: openstaand saldo van € 42,00", ("+++123/4567/89002+++",), "herinnering"),
        ("fr", "Deuxième rappel : 62,87 € à payer", ("en pièce jointe", "À payer: 62,87 €"), "rappel"),
        ("da", "Rykker 3: betal 150,71 kr. senest den 6. december 2026", ("Inkassovarsel. Er",), "rykker"),
        ("de", "Zweite Mahnung: 82,00 € noch offen", ("Verwendungszweck: Kundennummer P000123",), "mahnung"),
        ("en", "Final demand before the claim is handed over to a bailiff", ("To pay: €42.00",), "reminder"),
    ],
)
def test_a_message_is_in_the_debtors_language_with_the_letter_attached(
    language: str, subject: str, sentences: tuple[str, ...], file_name: str
) -> None:
    message = read(*SAMPLES[language])

    attachment = next(message.iter_attachments())
    assert message["Subject"] == subject
    assert [part["Content-Language"] for part in message.iter_parts()] == [language, None]
    assert message["Auto-Submitted"] == "auto-generated"
    assert all(sentence in text_of(message) for sentence in sentences)
    assert attachment.get_content() == PDF
    assert attachment.get_filename() == f"{file_name}-R-2026-00042.pdf"
    assert attachment.get_content_type() == "application/pdf"


def test_the_parties_and_the_instant_stand_in_the_headers() -> None:
    message = read(DUTCH, DUTCH_HOUSE)

    assert message["From"] == "Bibliotheek Rijn en Venen <financien@bibliotheek.example>"
    assert message["To"] == '"Mevrouw A. de Vries-van den Berg" <a.devries@mail.example>'
    assert message["Date"].datetime == SENT_AT


@given(st.text(max_size=60))
def test_no_name_writes_a_header_of_its_own(name: str) -> None:
    letter = replace(DUTCH, addressee=replace(DUTCH.addressee, name=f"{name}\r\nBcc: all@example.org\nx"))

    message = read(letter, DUTCH_HOUSE)

    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == [ENVELOPE.recipient]


def test_a_name_keeps_its_letters() -> None:
    letter = replace(DUTCH, addressee=replace(DUTCH.addressee, name='Søren «Ærø» 😀, "quoted"'))

    message = read(letter, DUTCH_HOUSE)

    assert message["To"].addresses[0].display_name == 'Søren «Ærø» 😀, "quoted"'


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "a b@c.example",
        "a@b.example\r\nBcc: x@y.example",
        "a@@b.example",
        "@b.example",
        "ä@b.example",
    ],
)
def test_what_is_no_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(InvalidEmail) as refusal:
        read(DUTCH, DUTCH_HOUSE, replace(ENVELOPE, recipient=address))

    assert refusal.value.code == "invalid-email"
    assert refusal.value.field == "email"
    assert refusal.value.remedy


def test_a_wrong_address_of_the_house_is_refused_as_such() -> None:
    with pytest.raises(InvalidEmail) as refusal:
        read(DUTCH, DUTCH_HOUSE, replace(ENVELOPE, sender="bibliotheek"))

    assert refusal.value.field == "sender.email"


def test_an_unknown_language_is_refused_as_for_the_letter() -> None:
    with pytest.raises(UnknownLanguage):
        read(replace(DUTCH, language="sv"), DUTCH_HOUSE)


def test_the_text_has_only_ordinary_spaces_and_ends_with_the_sender() -> None:
    whole = text_of(read(DUTCH, DUTCH_HOUSE))

    assert "\u00a0" not in whole
    assert whole.rstrip().endswith(
        "Dit bericht is automatisch verzonden. Antwoorden komen aan bij Bibliotheek Rijn en Venen."
    )
    assert "-- \nBibliotheek Rijn en Venen\nAfdeling Financiën\n0348 123 456" in whole
