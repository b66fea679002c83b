"""Messages on their way out, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.reminders.mail.mailbox import Position
from services.reminders.store import QUERIES

EmailState = Literal["queued", "sent", "refused", "given-up", "bounced"]


@dataclass(frozen=True, slots=True)
class QueuedEmail:
    """A message to be sent: to whom, and under which digest its bytes are kept."""

    party_id: str
    reminder_id: UUID
    recipient: str
    message_sha256: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt to send came to; `next_attempt_at` only while the message stays queued."""

    state: EmailState
    reply: str
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None


async def queue_emails(connection: Connection, administration: str, emails: Sequence[QueuedEmail]) -> None:
    """Queue messages in the transaction of their reminders."""
    await connection.execute(
        load_queries(QUERIES).queue_emails,
        administration,
        [email.party_id for email in emails],
        [email.reminder_id for email in emails],
        [email.recipient for email in emails],
        [email.message_sha256 for email in emails],
    )


@dataclass(frozen=True, slots=True)
class LeasedEmail:
    """A message that this process alone may hand in until `leased_until`, an instant by the database's clock."""

    administration: str
    party_id: str
    reminder_id: UUID
    recipient: str
    message_sha256: str
    attempts: int
    leased_until: datetime


async def lease_due_email(connection: Connection, now: datetime, lease_seconds: float) -> LeasedEmail | None:
    """Lease the message that has been due for longest; None when none is."""
    row = await connection.fetchrow(load_queries(QUERIES).lease_due_email, now, lease_seconds)
    return LeasedEmail(**row) if row else None


async def give_back(connection: Connection, email: LeasedEmail) -> None:
    """End the lease of a message that was not handed in, so that it is due again."""
    await connection.execute(
        load_queries(QUERIES).give_email_back,
        email.administration,
        email.party_id,
        email.reminder_id,
        email.leased_until,
    )


async def record_attempt(connection: Connection, email: LeasedEmail, attempt: Attempt) -> None:
    """Say what an attempt came to, and end its lease."""
    await connection.execute(
        load_queries(QUERIES).record_email_attempt,
        email.administration,
        email.party_id,
        email.reminder_id,
        attempt.state,
        attempt.reply,
        attempt.next_attempt_at,
        attempt.sent_at,
        email.leased_until,
    )


@dataclass(frozen=True, slots=True)
class ReturnedEmail:
    """A message that came back, or is late (`is_lost` False): of which reminder, when we learnt it, and why."""

    reminder_id: UUID
    at: datetime
    reason: str
    is_lost: bool


async def record_return(connection: Connection, administration: str | None, returned: ReturnedEmail) -> bool:
    """Note what came of a sent message; False when the administration (None: any) sent none for this reminder."""
    queries = load_queries(QUERIES)
    if returned.is_lost:
        named = (administration, returned.reminder_id, returned.at, returned.reason)
        status = await connection.execute(queries.record_bounce, *named)
    else:
        status = await connection.execute(queries.record_delay, administration, returned.reminder_id, returned.reason)
    return int(status.rpartition(" ")[2]) > 0


async def get_position(connection: Connection, mailbox: str) -> Position | None:
    """How far a mailbox was read; None when it never was."""
    row = await connection.fetchrow(load_queries(QUERIES).get_mailbox_position, mailbox)
    return Position(row["uid_validity"], row["last_uid"]) if row else None


async def move_position(connection: Connection, mailbox: str, position: Position, now: datetime) -> None:
    """Remember how far a mailbox was read; it never goes back within the same mailbox."""
    await connection.execute(
        load_queries(QUERIES).move_mailbox_position, mailbox, position.validity, position.last_uid, now
    )


async def list_emails(
    connection: Connection, administration: str, state: EmailState | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Messages of an administration, all or those of one state."""
    return await connection.fetch(load_queries(QUERIES).list_emails, administration, state, after, limit)
