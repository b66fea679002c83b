"""What is put aside: events that wait for what they refer to, and dead letters."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

import asyncpg

from chassis.consuming.handling import Dead, RawHeaders, Record, Waiting, digest_of
from chassis.database import Connection
from chassis.errors import NotFound, Poison
from chassis.outbox import OutboxEvent, add_to_outbox
from chassis.queries import load_queries
from contracts.event import MAX_EVENT_BYTES, PartyEvent
from contracts.topics import dead_letter_topic

LIST_LIMIT = 1_001
"""A page of the API, and the row that tells of a next one."""
MAX_HEADER_TEXT = 400
MAX_DEAD_BODY = MAX_EVENT_BYTES - 64 * 1024
"""What the dead-letter topic carries of an oversized body; the table keeps all of it."""


def headers_to_json(headers: RawHeaders) -> str:
    """Headers as JSON that keeps bytes that are not text."""
    return json.dumps([[name, base64.b64encode(value or b"").decode()] for name, value in headers])


def headers_from_json(text: str) -> list[tuple[str, bytes]]:
    """The inverse of `headers_to_json`."""
    return [(name, base64.b64decode(value)) for name, value in json.loads(text)]


async def put_waiting(connection: Connection, waiting: Sequence[Waiting]) -> None:
    """Keep events until what they refer to is there; one that waits already waits longer."""
    if not waiting:
        return
    unique = {digest_of(entry.received.record): entry for entry in waiting}
    records = [entry.received.record for entry in unique.values()]
    events = [entry.received.event for entry in unique.values()]
    await connection.execute(
        load_queries("chassis").put_waiting,
        list(unique),
        [record.topic for record in records],
        [event.key for event in events],
        [event.administration for event in events],
        [event.party_id if isinstance(event, PartyEvent) else "" for event in events],
        [entry.refers_to for entry in unique.values()],
        [record.value or b"" for record in records],
        [headers_to_json(record.headers) for record in records],
    )


async def put_dead(connection: Connection, dead: Sequence[Dead], service: str) -> None:
    """Keep dead messages once each, and announce the new ones on their dead-letter topic."""
    if not dead:
        return
    unique = {digest_of(entry.record): entry for entry in dead}
    entries = list(unique.values())
    rows = await connection.fetch(
        load_queries("chassis").put_dead_letters,
        list(unique),
        [entry.record.topic for entry in entries],
        [entry.record.partition for entry in entries],
        [entry.record.offset for entry in entries],
        [_readable(entry.record.key) for entry in entries],
        [entry.record.value or b"" for entry in entries],
        [headers_to_json(entry.record.headers) for entry in entries],
        [entry.poison.code for entry in entries],
        [_readable(entry.poison.message.encode("utf-8", "replace")) for entry in entries],
        [_readable(entry.poison.field.encode("utf-8", "replace")) if entry.poison.field else None for entry in entries],
        [entry.poison.remedy for entry in entries],
    )
    await add_to_outbox(connection, [_dead_letter_event(unique[row["digest"]], service) for row in rows])


def _dead_letter_event(dead: Dead, service: str) -> OutboxEvent:
    poison, record = dead.poison, dead.record
    explanation = {
        "service": service,
        "error-code": poison.code,
        "error-message": poison.message[:MAX_HEADER_TEXT],
        "error-field": poison.field or "",
        "error-remedy": poison.remedy or "",
        "original-topic": record.topic,
        "original-partition": str(record.partition),
        "original-offset": str(record.offset),
    }
    headers = [(name, value.encode("utf-8", "replace")) for name, value in explanation.items()]
    return OutboxEvent(
        topic=dead_letter_topic(record.topic),
        key=_readable(record.key) or "",
        body=(record.value or b"")[:MAX_DEAD_BODY],
        headers=headers_to_json([*record.headers, *headers]),
    )


def _readable(text: bytes | None) -> str | None:
    """Text that Postgres can keep: no zero bytes, no broken UTF-8."""
    return None if text is None else text.decode("utf-8", "replace").replace("\x00", "\ufffd")[:1_000]


async def lock_dead_letter(connection: Connection, dead_letter_id: int) -> Record:
    """One unresolved dead letter, locked; NotFound when there is none."""
    row = await connection.fetchrow(load_queries("chassis").lock_dead_letter, dead_letter_id)
    if row is None or row["resolved_at"] is not None:
        raise NotFound(
            "unknown-dead-letter",
            "No unresolved dead letter has the id {dead_letter_id}.",
            dead_letter_id=dead_letter_id,
            field="id",
        )
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        key=None if row["key"] is None else row["key"].encode(),
        value=bytes(row["body"]),
        headers=headers_from_json(row["headers"]),
    )


async def resolve_dead_letter(connection: Connection, dead_letter_id: int) -> None:
    """The letter was applied."""
    await connection.execute(load_queries("chassis").resolve_dead_letter, dead_letter_id)


async def note_dead_letter_retry(connection: Connection, dead_letter_id: int, poison: Poison) -> None:
    """The letter was tried again, and is still dead."""
    await connection.execute(
        load_queries("chassis").note_dead_letter_retry,
        dead_letter_id,
        poison.code,
        poison.message,
        poison.field,
        poison.remedy,
    )


async def list_dead_letters(
    connection: Connection, *, topic: str | None, resolved: bool, after: int, limit: int
) -> list[asyncpg.Record]:
    """A page of dead letters in the order of their ids."""
    return await connection.fetch(
        load_queries("chassis").list_dead_letters, topic, resolved, after, min(limit, LIST_LIMIT)
    )


async def list_waiting(
    connection: Connection,
    administrations: Sequence[str] | None,
    after: str | None,
    limit: int,
    wait_limit_seconds: float,
) -> list[asyncpg.Record]:
    """A page of waiting events; `administrations` None means all."""
    return await connection.fetch(
        load_queries("chassis").list_waiting, administrations, after, min(limit, LIST_LIMIT), wait_limit_seconds
    )
