"""Reading what comes back: delivery status notifications (RFC 3464) about our reminders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Literal

from services.reminders.mail.compose import reminder_of

BYTES_MAX = 10 * 1024 * 1024
"""Larger messages are no notifications."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A reminder that did not arrive: for good, or so far; with the address, the status code and the words."""

    reminder_id: str
    state: Literal["failed", "delayed"]
    recipient: str
    status: str
    reason: str


def read_bounce(raw: bytes) -> Bounce | None:
    """Return what a message says about a reminder of ours; None when it is no such notification."""
    if len(raw) > BYTES_MAX:
        return None
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() != "multipart/report":
        return None
    reminder_id = next(filter(None, map(reminder_of, original_ids(message))), None)
    fields = next(recipient_fields(message), None)
    if reminder_id is None or fields is None:
        return None
    action = str(fields.get("Action", "")).strip().lower()
    if action not in {"failed", "delayed"}:
        return None
    return Bounce(
        reminder_id,
        "failed" if action == "failed" else "delayed",
        address_of(str(fields.get("Final-Recipient", ""))),
        str(fields.get("Status", "")).strip(),
        " ".join(str(fields.get("Diagnostic-Code", "")).split()),
    )


def original_ids(message: EmailMessage) -> Iterator[str]:
    """Message-IDs of the message that the notification is about: of its copy or its headers, or referred to."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            yield from (str(inner.get("Message-ID", "")) for inner in part.get_payload() if isinstance(inner, Message))
        elif part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            if isinstance(headers, bytes):
                yield str(message_from_bytes(headers, policy=default).get("Message-ID", ""))
    yield str(message.get("In-Reply-To", ""))
    yield from str(message.get("References", "")).split()


def recipient_fields(message: EmailMessage) -> Iterator[Message]:
    """Blocks of fields about one recipient each."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload():
                if isinstance(block, Message) and "Action" in block:
                    yield block


def address_of(field: str) -> str:
    """Return the address of a field such as "rfc822; name@example.org"."""
    return field.partition(";")[2].strip() or field.strip()
