"""Sending the messages of reminders that were issued, each once, and taking note of those that come back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import structlog

from chassis.database import PASSING_FAULTS, Connection, Database, is_passing
from chassis.errors import NotFound, Refused, Retry
from services.reminders.documents.folder import DocumentStore
from services.reminders.mail.bounces import Bounce, read_bounce
from services.reminders.mail.mailbox import Mailbox, read_reports
from services.reminders.mail.send import Mailer, ServerAnswer, next_attempt
from services.reminders.store import emails
from services.reminders.store.emails import Attempt, LeasedEmail, ReturnedEmail

log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0
LEASE_SECONDS = 600.0
"""For so long one process alone may hand a message in; after a crash it is due again when this is over."""
READ_SECONDS = 120.0
"""A message whose bytes the document store has not given by then is put off."""
RECORD_TRIES, RECORD_PAUSE_SECONDS = 600, 1.0
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

    The message is leased in a transaction of its own, handed in without any, and what came of it is committed at once:
    a mail server may take longer than a transaction may wait. Once begun, it is done to its end although the process is
    told to stop. Only a crash between the server's acceptance and that commit sends a message again, when its lease has
    run out, under the same Message-ID, by which mail systems tell that it is the same.
    """
    assert READ_SECONDS + mailer.longest_seconds < LEASE_SECONDS, "a lease outlives the sending that it is for"
    await mailer.wait()
    async with database.transaction() as connection:
        email = await emails.lease_due_email(connection, now, LEASE_SECONDS)
    if email is None:
        return False
    await _to_its_end(_send(database, store, mailer, email, now))
    return True


async def _send(database: Database, store: DocumentStore, mailer: Mailer, email: LeasedEmail, now: datetime) -> None:
    """Hand a leased message in and note what came of it; Retry, and it is due again, while its bytes cannot be read."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            content = await store.get(email.message_sha256)
    except NotFound as error:
        await _note(database, email, Attempt("given-up", str(error)))
        return
    except (Retry, OSError):
        async with database.transaction() as connection:
            await emails.give_back(connection, email)
        raise
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage), "the policy makes such messages"
    answer = await mailer.send(message)
    await _note(database, email, attempt_of(answer, email.attempts + 1, now))


async def _note(database: Database, email: LeasedEmail, attempt: Attempt) -> None:
    """Note what came of a message, as often as it takes while the database is away: who forgets it, sends it twice."""
    for tries_left in reversed(range(RECORD_TRIES)):
        try:
            async with database.transaction() as connection:
                await emails.record_attempt(connection, email, attempt)
        except PASSING_FAULTS as error:
            if not tries_left or not is_passing(error):
                raise
            log.warning("what came of a message is not noted yet", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RECORD_PAUSE_SECONDS)
        else:
            return


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await what must not be given up half-way: who is cancelled waits for its end, and only a second time gives up."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
        raise


def attempt_of(answer: ServerAnswer, attempts: int, now: datetime) -> Attempt:
    """What follows from the server's answer: sent, refused for good, later again, or given up."""
    reply = f"{answer.code or ''} {answer.reason}".strip()[:REPLY_MAX]
    if answer.state == "accepted":
        return Attempt("sent", reply, sent_at=now)
    if answer.state == "refused":
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
            remedy="See the debtor's reminders.",
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
    returned = ReturnedEmail(reminder_id, now, reason, is_lost=bounce.state == "failed")
    return await emails.record_return(connection, administration, returned)
