"""Sending the messages of reminders that were issued, each once, and taking note of those that come back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import asyncpg
import structlog

from chassis.database import Connection, Database, is_passing
from chassis.errors import NotFound, Refused, Retry
from services.reminders.documents.folder import DocumentStore
from services.reminders.mail.bounces import Bounce, read_bounce
from services.reminders.mail.mailbox import Mailbox, read_reports
from services.reminders.mail.send import Mailer, Outcome, next_attempt
from services.reminders.store import emails
from services.reminders.store.emails import Attempt, Returned

log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0
REPLY_MAX = 1_000
"""Characters of a server's words that are kept."""


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
    await mailer.wait()
    async with database.transaction() as connection:
        email = await emails.take_due_email(connection, now)
        if email is None:
            return False
        await emails.record_attempt(connection, email, await _attempt(store, mailer, email, now))
    return True


async def _attempt(store: DocumentStore, mailer: Mailer, email: asyncpg.Record, now: datetime) -> Attempt:
    try:
        content = await store.get(email["message_sha256"])
    except NotFound as error:
        return Attempt("given-up", str(error))
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage), "the policy makes such messages"
    return attempt_of(await mailer.send(message), email["attempts"] + 1, now)


def attempt_of(outcome: Outcome, attempts: int, now: datetime) -> Attempt:
    """What follows from the server's answer: sent, refused for good, later again, or given up."""
    reply = f"{outcome.code or ''} {outcome.reason}".strip()[:REPLY_MAX]
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
    if not await _record(connection, administration, bounce, now):
        raise NotFound(
            "unknown-reminder",
            "No reminder {bounce.reminder_id} was sent by e-mail.",
            bounce=bounce,
            field="reminder_id",
        )
    return bounce


async def collect_bounces(database: Database, mailbox: Mailbox, now: datetime) -> bool:
    """Record what came to the mailbox of bounces since it was read last; whether there is more to read.

    What is said and how far the mailbox was read are committed together; reading the same again changes nothing.
    Reports about other messages than our reminders are passed over.
    """
    async with database.snapshot() as connection:
        position = await emails.get_position(connection, mailbox.name)
    arrivals = await asyncio.to_thread(read_reports, mailbox, position)
    async with database.transaction() as connection:
        for report in arrivals.reports:
            bounce = read_bounce(report)
            known = bounce is not None and await _record(connection, None, bounce, now)
            log.info("bounce read", reminder_id=bounce.reminder_id if bounce else None, recorded=known)
        if arrivals.position != position:
            await emails.move_position(connection, mailbox.name, arrivals.position, now)
    return arrivals.more


async def collect_forever(database: Database, mailbox: Mailbox, pause_seconds: float) -> None:
    """Look at the mailbox of bounces again and again until cancelled; a server that is down is tried again."""
    while True:
        try:
            more = await collect_bounces(database, mailbox, datetime.now(UTC))
        except Exception as error:
            if not is_passing(error) and not isinstance(error, Retry):
                raise
            log.warning("bounces wait", error=f"{type(error).__name__}: {error}")
            more = False
        if not more:
            await asyncio.sleep(pause_seconds)


async def _record(connection: Connection, administration: str | None, bounce: Bounce, now: datetime) -> bool:
    """Note a bounce, or a delay, at its reminder; False when no such reminder was sent."""
    try:
        reminder_id = UUID(bounce.reminder_id)
    except ValueError:
        return False
    reason = f"{bounce.status} {bounce.reason}".strip()[:REPLY_MAX]
    returned = Returned(reminder_id, now, reason, is_lost=bounce.state == "failed")
    return await emails.record_return(connection, administration, returned)
