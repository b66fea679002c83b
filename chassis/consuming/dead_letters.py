"""Dead letters: messages that cannot be parsed or can never apply, kept once each, announced, and limited in number."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import asyncpg
import structlog
from pydantic import ValidationError

from chassis.cloud_events import data_of
from chassis.consuming.handling import (
    Dead,
    Message,
    RawHeaders,
    Record,
    digest_of,
    headers_from_json,
    headers_to_json,
    keepable,
)
from chassis.consuming.validation import read_event
from chassis.database import Connection
from chassis.errors import NotFound, OpenItemsError, Poison
from chassis.outbox import OutboxEvent, add_to_outbox
from chassis.queries import load_queries
from contracts.event import MAX_EVENT_BYTES, AdministrationId, Contract
from contracts.topics import dead_letter_topic

LIST_LIMIT = 1_001
"""A page of the API, and the row that tells of a next one."""
MAX_HEADER_TEXT = 400
MAX_READABLE = 1_000
MAX_DEAD_HEADERS = 32 * 1024
"""Bytes of a message's own headers that the dead-letter topic carries; the table keeps all of them."""
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
        [_readable_key(entry.record.key) for entry in entries],
        [administration_of(entry.record) for entry in entries],
        [entry.record.value or b"" for entry in entries],
        [headers_to_json(entry.record.headers) for entry in entries],
        [entry.poison.code for entry in entries],
        [_readable(entry.poison.message) or "" for entry in entries],
        [_readable(entry.poison.field) for entry in entries],
        [_readable(entry.poison.remedy) for entry in entries],
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
        "error-field": (poison.field or "")[:MAX_HEADER_TEXT],
        "error-remedy": (poison.remedy or "")[:MAX_HEADER_TEXT],
        "original-topic": record.topic,
        "original-partition": str(record.partition),
        "original-offset": str(record.offset),
    }
    headers = [(name, value.encode("utf-8", "replace")) for name, value in explanation.items()]
    return OutboxEvent(
        topic=dead_letter_topic(record.topic),
        key=_readable_key(record.key) or "",
        body=(record.value or b"")[:MAX_DEAD_BODY],
        headers=headers_to_json([*_carried(record.headers), *headers]),
    )


def _carried(headers: RawHeaders) -> RawHeaders:
    """The first of the headers, as many as there is room for: what the broker refuses would stop all that follows."""
    ends = accumulate(2 + len(name.encode("utf-8", "replace")) + len(value or b"") for name, value in headers)
    return [header for header, end in zip(headers, ends, strict=True) if end <= MAX_DEAD_HEADERS]


class _OfAdministration(Contract):
    """As much of an event as says whose books it is of."""

    administration: AdministrationId


def administration_of(record: Message) -> str | None:
    """Whose books a message says it is of, by its value alone; None where that cannot be read.

    The key counts for nothing: what is under one administration's key and of another's books is that other's. What can
    be read as an event is of the administration in which it would be applied.
    """
    try:
        return read_event(record).event.administration
    except Poison as poison:
        if poison.code == "oversized":
            return None
    try:
        body = record.value or b""
        return _OfAdministration.model_validate_json(data_of(record.headers, body)).administration
    except (ValidationError, Poison):
        return None


def _readable(text: str | None) -> str | None:
    """What PostgreSQL can keep, and people read, of a text in which a sender has a hand; None for an empty one."""
    return keepable(text[:MAX_READABLE]) if text else None


def _readable_key(key: bytes | None) -> str | None:
    return None if key is None else keepable(key.decode("utf-8", "replace")[:MAX_READABLE])


async def lock_dead_letter(
    connection: Connection, dead_letter_id: int, administrations: Sequence[str] | None
) -> Record:
    """One unresolved dead letter of these administrations, None for any, locked; NotFound when there is none."""
    row = await connection.fetchrow(load_queries("chassis").lock_dead_letter, dead_letter_id, administrations)
    record = None if row is None or row["resolved_at"] is not None else _kept(row)
    # What it would be applied in is asked again: a version that reads more than that which put it aside may see more.
    if record is None or (administrations is not None and administration_of(record) not in administrations):
        raise NotFound(
            "unknown-dead-letter",
            "No unresolved dead letter has the id {dead_letter_id}.",
            dead_letter_id=dead_letter_id,
            field="id",
            remedy="See the list of dead letters.",
        )
    return record


def _kept(row: asyncpg.Record) -> Record:
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
        _readable(poison.message) or "",
        _readable(poison.field),
        _readable(poison.remedy),
    )


@dataclass(frozen=True, slots=True)
class LettersWanted:
    """Which dead letters: of these administrations (None for all, and what is nobody's), of a topic, resolved too."""

    administrations: Sequence[str] | None
    topic: str | None = None
    resolved: bool = False


async def list_dead_letters(
    connection: Connection, wanted: LettersWanted, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """A page of dead letters in the order of their ids."""
    return await connection.fetch(
        load_queries("chassis").list_dead_letters,
        wanted.topic,
        wanted.resolved,
        after,
        wanted.administrations,
        min(limit, LIST_LIMIT),
    )


log = structlog.get_logger(__name__)

MINUTE_SECONDS = 60


class TooManyDeadLetters(OpenItemsError):
    """More of a topic's events would become dead letters than may: nothing of the batch was applied."""


@dataclass(frozen=True, slots=True)
class DeadLetterAllowance:
    """How many of a topic's events may become dead letters within a minute in one process.

    `tolerated` whatever their share is, and beyond that `share` of the topic's events (1 takes any number).
    """

    tolerated: int = 100
    share: float = 0.1


@dataclass(slots=True)
class _Minute:
    """What was taken, and what of it became a dead letter, by topic."""

    number: int = -1
    taken: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)


class DeadLetterLimit:
    """Counts what one process takes; once a topic is past the allowance, nothing is taken until it is begun anew.

    Transactions that commit at the same moment do not see one another, so that as many times the allowance may pass
    as lanes are applied side by side.
    """

    def __init__(self, allowance: DeadLetterAllowance, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowance = allowance
        self._clock = clock
        self._minute = _Minute()
        self._stopped: str | None = None

    def check(self) -> None:
        """Raise TooManyDeadLetters when the limit was reached."""
        if self._stopped is not None:
            raise TooManyDeadLetters(self._stopped)

    def check_before_commit(self, taken: Iterable[Message], dead: Iterable[Message]) -> None:
        """Raise TooManyDeadLetters, from now on for everything, when these new dead letters are too many."""
        new = _by_topic(dead)
        if not new:
            return
        minute, took = self._this_minute(), _by_topic(taken)
        for topic, count in new.items():
            letters, events = minute.dead[topic] + count, minute.taken[topic] + took[topic]
            if letters > max(self.allowance.tolerated, self.allowance.share * events):
                self._stop(topic, letters, events)
        self.check()

    def add(self, taken: Iterable[Message], dead: Iterable[Message]) -> None:
        """Count what a transaction committed."""
        minute = self._this_minute()
        minute.taken += _by_topic(taken)
        minute.dead += _by_topic(dead)

    def told(self) -> str | None:
        """Why nothing is taken, in words for anybody; None while all is well."""
        return self._stopped

    def _this_minute(self) -> _Minute:
        number = int(self._clock() // MINUTE_SECONDS)
        if number != self._minute.number:
            self._minute = _Minute(number)
        return self._minute

    def _stop(self, topic: str, letters: int, events: int) -> None:
        self._stopped = f"nothing is taken: {letters} of {events} events on {topic} would become dead letters"
        log.error(
            "nothing is taken any more: too many dead letters",
            topic=topic,
            dead_letters=letters,
            events=events,
            remedy="mend the cause and start the service again, or with a higher OPENITEMS_DEAD_LETTER_SHARE",
        )


def _by_topic(messages: Iterable[Message]) -> Counter[str]:
    return Counter(message.topic for message in messages)
