"""Dead letters: messages that cannot be parsed or can never apply, kept once each and announced."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.consuming.handling import Dead, Record, digest_of, headers_from_json, headers_to_json
from chassis.database import Connection
from chassis.errors import NotFound, Poison
from chassis.outbox import OutboxEvent, add_to_outbox
from chassis.queries import load_queries
from contracts.event import MAX_EVENT_BYTES
from contracts.topics import dead_letter_topic

LIST_LIMIT = 1_001
"""A page of the API, and the row that tells of a next one."""
MAX_HEADER_TEXT = 400
MAX_DEAD_BODY = MAX_EVENT_BYTES - 64 * 1024
"""What the dead-letter topic carries of an oversized body; the table keeps all of it."""


async def put_dead(connection: Connection, dead: Sequence[Dead], service: str) -> list[Dead]:
    """Keep dead messages once each, and announce the new ones on their dead-letter topic; gives these."""
    if not dead:
        return []
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
    new = [unique[row["digest"]] for row in rows]
    await add_to_outbox(connection, [_dead_letter_event(entry, service) for entry in new])
    return new


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
    """Note that a letter was driven in again and had its effect: it counts no more."""
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
