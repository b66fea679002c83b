"""The message of one reminder: text in the debtor's language, the letter attached, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from services.reminders.domain.references import safe_name
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter
from services.reminders.letters.page import Writer, notice, paragraphs, payment, placeholders
from services.reminders.letters.printable import Coverage
from services.reminders.letters.texts import LetterLanguage, fill, language_of, text_of
from services.reminders.mail.refusals import InvalidEmail

EVERYTHING = Coverage(((0, 0x110000),))
"""A message has no fonts of its own: every character but the controlling ones may stand in it."""

ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[A-Za-z0-9-]+")
"""One @ between printable ASCII, and a domain of two parts at least; the parser of headers looks closer."""

SIGNATURE = "-- "
"""Line before what a reader's program may fold away (RFC 3676, 4.3)."""

MESSAGE_POLICY = SMTP.clone(max_line_length=78)


@dataclass(frozen=True, slots=True)
class MailEnvelope:
    """Who writes to whom, and when: e-mail addresses without names, an aware instant."""

    sender: str
    recipient: str
    sent_at: datetime


def compose(letter: Letter, style: HouseStyle, pdf: bytes, envelope: MailEnvelope) -> EmailMessage:
    """Return the message of a reminder with its letter attached.

    Its Message-ID and boundary come from the reminder's id, so that a second sending is recognised as the same
    message. Raises InvalidEmail, and the refusals of letters for unknown languages, levels and references.
    """
    language = language_of(letter.language)
    writer = Writer(letter, style, language, EVERYTHING)
    values = placeholders(writer)
    message = EmailMessage(policy=MESSAGE_POLICY)
    message["From"] = addressed(style.sender.address.name, envelope.sender, "sender.email")
    message["To"] = addressed(letter.addressee.name, envelope.recipient, "email")
    message["Subject"] = plain(fill(text_of(letter, style, language).subject, values))
    message["Date"] = format_datetime(envelope.sent_at)
    message["Message-ID"] = message_id(letter.reminder_id, envelope.sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body(writer, values), cte="quoted-printable")
    message["Content-Language"] = language.tag
    file_name = f"{language.mail['file_name']}-{safe_name(letter.reminder_id)}.pdf"
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=file_name)
    message.set_boundary(f"=_{sha256(letter.reminder_id.encode()).hexdigest()}")
    return message


def message_id(reminder_id: str, sender: str) -> str:
    """Return the one Message-ID of a reminder, within the sender's domain."""
    return f"<reminder.{safe_name(reminder_id)}@{sender.rpartition('@')[2]}>"


def reminder_of(identifier: str) -> str | None:
    """Return the reminder's id out of a Message-ID of ours, or None."""
    local = identifier.strip().removeprefix("<").partition("@")[0]
    return local.removeprefix("reminder.") if local.startswith("reminder.") else None


def addressed(name: str, address: str, field: str) -> Address:
    """Put a name beside an e-mail address; raises InvalidEmail."""
    if not ADDRESS.fullmatch(address):
        raise InvalidEmail(address, field=field)
    try:
        return Address(display_name=plain(name), addr_spec=address)
    except (ValueError, MessageError) as error:
        raise InvalidEmail(address, field=field) from error


def plain(text: str) -> str:
    """Return a text for a header: one line, ordinary spaces, nothing that controls."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(kept.split())


def body(writer: Writer, values: dict[str, str]) -> str:
    """Return the text of the message: the letter's words, what to pay and how, the sender."""
    letter, style, language = writer.letter, writer.style, writer.language
    opening, closing = paragraphs(writer, text_of(letter, style, language), values)
    parts = [language.greeting, *opening]
    warned = notice(writer, values)
    if warned:
        parts += [f"{warned['title']}. {' '.join(warned['paragraphs'])}"]
    instruction = payment(writer, drawn=False)
    if instruction:
        parts += ["\n".join(f"{label}: {value}" for label, value in instruction["lines"])]
    parts += [language.mail["attached"], *closing, signature(writer, language)]
    return "\n\n".join(parts).replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "") + "\n"


def signature(writer: Writer, language: LetterLanguage) -> str:
    """Return how the message ends: valediction, sender, how to reach them."""
    sender = writer.style.sender
    reach = [line for line in (sender.signatory, sender.phone, sender.email, sender.website) if line]
    name = writer.plain(sender.address.name)
    foot = fill(language.mail["foot"], {"sender": name})
    return "\n".join(
        [language.valediction, "", SIGNATURE, name, *map(writer.plain, reach), *sender.registration, "", foot]
    )
