"""Routes of reminders by e-mail: how far each message is, and notifications of those that came back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.database import Connection
from chassis.http import (
    DEFAULT_LIMIT,
    Administration,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    View,
    run_command,
)
from chassis.service import Runtime
from services.reminders.operations.emails import take_bounce
from services.reminders.store import emails as store
from services.reminders.store.emails import EmailState


class EmailView(View):
    """A reminder by e-mail and what became of it; `reply` are the last words of the mail server."""

    party_id: str
    reminder_id: UUID
    recipient: str
    state: str
    attempts: int
    next_attempt_at: datetime
    reply: str | None
    sent_at: datetime | None
    bounced_at: datetime | None


class BounceView(View):
    """What a notification said about a reminder."""

    reminder_id: str
    state: str
    recipient: str
    status: str
    reason: str


NOTIFICATION = {"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}}
"""What the route takes: a message as it came, which no model describes."""

_EMAILS = Keyset("emails", UUID)


def email_router(runtime: Runtime) -> APIRouter:
    """Routes of messages out, and of messages that came back."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.get("/emails")
    async def emails(
        administration: Administration,
        state: EmailState | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[EmailView]:
        """Reminders by e-mail: queued, sent, refused by the server, given up after many attempts, or bounced."""
        after = _EMAILS.decode(cursor)
        async with runtime.database.snapshot() as connection:
            rows = await store.list_emails(connection, administration, state, after, limit + 1)
        return _EMAILS.page(
            rows, limit, key=lambda row: row["reminder_id"], show=lambda row: EmailView.model_validate(dict(row))
        )

    @router.post("/bounces", response_model=BounceView, openapi_extra=NOTIFICATION)
    async def bounces(
        administration: Administration, request: Request, _clerk: Clerk, command: IdempotentCommand
    ) -> Response:
        """Record a delivery status notification about a reminder; the same again changes nothing."""
        raw = await request.body()

        async def operation(connection: Connection) -> CommandAnswer:
            bounce = await take_bounce(connection, administration, raw, datetime.now(UTC))
            return CommandAnswer(body=BounceView.model_validate(asdict(bounce)))

        return await run_command(runtime.database, command, operation)

    return router
