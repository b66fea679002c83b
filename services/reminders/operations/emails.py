"""Sending the messages of reminders that were issued, each once, and taking note of those that come back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import structlog

from chassis.database import Connection, Database, is_passing
from chassis.errors import NotFound, Refused, Retry
from services.reminders.documents import DocumentStore
from services.reminders.mail.bounces import Bounce, read_bounce
from services.reminders.mail.send import Mailer, Outcome, next_attempt
from services.reminders.store import emails
from services.reminders.store.emails import Attempt

log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0


async def send_forever(database: Database, store: DocumentStore, mailer: Mailer) -> None:
    """Send what is due until cancelled."""
    async with mailer:
        while True:
            try:
                sent = await send_next(database, store, mailer, datetime.now(UTC))
            except Exception as error:
                if not is_passing(error) and not isinstance(error, Retry):
                    raise
                log.warning("mail pauses", error=f"{type(error).__name__}: {error}")
                sent = False
            if not sent:
                await asyncio.sleep(IDLE_SECONDS)


async def send_next(database: Database, store: DocumentStore, mailer: Mailer, now: datetime) -> bool:
    """Send the message that has been due for longest; False when none is.

    The message is locked while it is handed over, and what came of it is committed at once. Only a crash between the
    server's acceptance and that commit sends it again, under the same Message-ID, by which mail systems tell that it
    is the same.
    """
    async with database.transaction() as connection:
        email = await emails.take_due_email(connection, now)
        if email is None:
            return False
        message = message_from_bytes(await store.get(email["message_sha256"]), policy=default)
        assert isinstance(message, EmailMessage), "the policy makes such messages"
        outcome = await mailer.send(message)
        await emails.record_attempt(connection, email, attempt_of(outcome, email["attempts"] + 1, now))
    return True


def attempt_of(outcome: Outcome, attempts: int, now: datetime) -> Attempt:
    """What follows from the server's answer: sent, refused for good, later again, or given up."""
    reply = f"{outcome.code or ''} {outcome.reason}".strip()[:1_000]
    if outcome.state == "accepted":
        return Attempt("sent", reply, sent_at=now)
    if outcome.state == "refused":
        return Attempt("refused", reply)
    later = next_attempt(attempts, now)
    return Attempt("queued", reply, next_attempt_at=later) if later else Attempt("given-up", reply)


async def take_bounce(connection: Connection, administration: str, raw: bytes, now: datetime) -> Bounce:
    """Record that a message came back; Refused for what is no such notification, NotFound for one of others."""
    bounce = read_bounce(raw)
    if bounce is None:
        raise Refused(
            "not-a-bounce",
            "The message is no delivery status notification about a reminder.",
            field="body",
            remedy="Send the notification as it came (message/rfc822), with its headers.",
        )
    reason = f"{bounce.status} {bounce.reason}".strip()[:1_000]
    try:
        reminder_id = UUID(bounce.reminder_id)
    except ValueError as error:
        raise _unknown(bounce) from error
    if bounce.state == "failed" and not await emails.record_bounce(
        connection, administration, (reminder_id, now, reason)
    ):
        raise _unknown(bounce)
    return bounce


def _unknown(bounce: Bounce) -> NotFound:
    return NotFound("unknown-reminder", f"No reminder {bounce.reminder_id} was sent by e-mail.", field="reminder_id")
