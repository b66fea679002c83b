"""Commands that may safely be sent again: one effect and one answer per Idempotency-Key.

The key is claimed, the command carried out and its answer stored in one transaction. So a crash leaves nothing behind,
a duplicate that comes while the first is running waits for it, and every later one gets the stored answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.database import Connection, Database
from chassis.errors import Refused
from chassis.http.authorization import AnyActor
from chassis.queries import load_queries
from chassis.telemetry.metrics import HTTP_REPLAYS

RETENTION = timedelta(days=7)
"""For so long the same key gets the same answer."""
EXPIRY_CHUNK_ROWS = 1_000
MAX_EXPIRY_CHUNKS = 100
MAX_STORED_CHARACTERS = 1_000_000
REPLAY_HEADER = "idempotent-replay"


@dataclass(frozen=True, kw_only=True)
class CommandIdentity:
    """What identifies one command: who sent what where, under which key."""

    employee: str
    route: str
    key: str
    request_digest: bytes


@dataclass(frozen=True, kw_only=True)
class CommandAnswer:
    """What a command answers: a body, a status of 200 to 399, and where the thing it made can be read."""

    body: BaseModel
    status: int = 200
    location: str | None = None


Operation = Callable[[Connection], Awaitable[CommandAnswer]]


_Key = Header(
    min_length=1,
    max_length=128,
    pattern=r"^[\x21-\x7e]+$",
    description=f"Chosen by the client, one per command; the same key and request get the same answer for "
    f"{RETENTION.days} days",
)


async def identify_command(request: Request, actor: AnyActor, idempotency_key: Annotated[str, _Key]) -> CommandIdentity:
    """The command of this request; its digest covers method, path, query and body."""
    url = request.url
    digest = hashlib.sha256(f"{request.method} {url.path}?{url.query}\n".encode())
    digest.update(await request.body())
    return CommandIdentity(
        employee=actor.employee,
        route=f"{request.method} {request.scope['route'].path}",
        key=idempotency_key,
        request_digest=digest.digest(),
    )


async def identify_keyed(
    request: Request, actor: AnyActor, idempotency_key: Annotated[str | None, _Key] = None
) -> CommandIdentity | None:
    """The same of a request that may do without a key; None where it has none."""
    return None if idempotency_key is None else await identify_command(request, actor, idempotency_key)


IdempotentCommand = Annotated[CommandIdentity, Depends(identify_command)]
"""Ask for this in a route that changes something, and hand it to `run_command`."""
KeyedCommand = Annotated[CommandIdentity | None, Depends(identify_keyed)]
"""The same where a command done twice has one effect by itself, and its senders know no keys."""


async def run_command(database: Database, command: CommandIdentity | None, operation: Operation) -> Response:
    """Carry out the operation once per key, and answer with its outcome or the stored one; without a command, once.

    The operation works on the given connection only, inside of its transaction; whatever it raises undoes everything,
    the key included, so that the same request may be sent again. Raises Refused when the key was used for another
    request.
    """
    async with database.transaction() as connection:
        if command is None:
            outcome = await operation(connection)
            return _answer(outcome.status, outcome.body.model_dump_json(), outcome.location, replayed=False)
        if not await _claim(connection, command):
            return await _stored_answer(connection, command)
        outcome = await operation(connection)
        body = outcome.body.model_dump_json()
        assert len(body) <= MAX_STORED_CHARACTERS, "a command answers with a summary, and lists are read page by page"
        await connection.execute(
            load_queries(__package__).store_outcome,
            command.employee,
            command.route,
            command.key,
            outcome.status,
            body,
            outcome.location,
        )
    return _answer(outcome.status, body, outcome.location, replayed=False)


async def drop_expired_keys(database: Database, now: datetime) -> int:
    """Forget keys older than RETENTION, chunk by chunk; the number of keys forgotten, at most 100,000 a call."""
    forgotten = 0
    for _ in range(MAX_EXPIRY_CHUNKS):
        async with database.transaction() as connection:
            status = await connection.execute(
                load_queries(__package__).drop_expired_idempotency_keys, now - RETENTION, EXPIRY_CHUNK_ROWS
            )
        rows = int(status.rpartition(" ")[2])
        forgotten += rows
        if rows < EXPIRY_CHUNK_ROWS:
            break
    return forgotten


async def _claim(connection: Connection, command: CommandIdentity) -> bool:
    claimed_at = await connection.fetchval(
        load_queries(__package__).claim_idempotency_key,
        command.employee,
        command.route,
        command.key,
        command.request_digest,
    )
    return claimed_at is not None


async def _stored_answer(connection: Connection, command: CommandIdentity) -> Response:
    stored = await connection.fetchrow(
        load_queries(__package__).stored_outcome, command.employee, command.route, command.key
    )
    assert stored is not None, "the key was there a moment ago, and keys are kept for days"
    if stored["request_digest"] != command.request_digest:
        raise Refused(
            "idempotency-key-reused",
            "This Idempotency-Key was used for another request.",
            remedy="Give every new command a new key; repeat a command exactly as it was.",
        )
    HTTP_REPLAYS.inc()
    return _answer(stored["status"], stored["body"], stored["location"], replayed=True)


def _answer(status: int, body: str, location: str | None, *, replayed: bool) -> Response:
    headers = {"location": location} if location else {}
    if replayed:
        headers[REPLAY_HEADER] = "true"
    return Response(body, status, headers=headers, media_type="application/json")
