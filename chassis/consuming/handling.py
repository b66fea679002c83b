"""What a handler of events gets, and what it answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from aiokafka import ConsumerRecord

from chassis.database import Connection
from chassis.errors import Poison
from contracts.envelope import Envelope
from contracts.event import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)

RawHeaders = Sequence[tuple[str, bytes]]


class Record(NamedTuple):
    """A message that was kept."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders


Message: TypeAlias = ConsumerRecord[bytes, bytes] | Record
"""A message as the broker gives it, or as it was kept: both say the same by the same names."""


def digest_of(message: Message) -> bytes:
    """Names a message by what it says, so that it is put aside once however often it comes."""
    said = b"\x00".join((message.topic.encode(), message.key or b"", message.value or b""))
    return blake2b(said, digest_size=16).digest()


def keepable(text: str) -> str:
    """The text as PostgreSQL can keep it: what it cannot (NUL, halves of surrogate pairs) is replaced."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def headers_to_json(headers: RawHeaders) -> str:
    """Headers as JSON that keeps bytes that are not text, under names that can be kept."""
    return json.dumps([[keepable(name), base64.b64encode(value or b"").decode()] for name, value in headers])


def headers_from_json(text: str) -> list[tuple[str, bytes]]:
    """The headers out of the JSON that `headers_to_json` made of them."""
    return [(name, base64.b64decode(value)) for name, value in json.loads(text)]


class Received(NamedTuple, Generic[E_co]):
    """A valid event; `overdue` says that it waited for as long as an event may."""

    event: E_co
    envelope: Envelope
    record: Message
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that came before what it refers to; `refers_to` names that for people."""

    received: Received[Event]
    refers_to: str


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that cannot be parsed or can never apply."""

    record: Message
    poison: Poison


@dataclass(frozen=True, slots=True)
class Failing:
    """An event on which our own code failed: it stays where it is until that is mended."""

    received: Received[Event]
    error: Exception


@dataclass(slots=True)
class Handled:
    """A handler's answer: what has to wait, what is poison. Everything else was applied.

    The dispatcher adds which of the dead letters are new, and what was left out because of a fault of ours.
    """

    waiting: list[Waiting] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    new_dead: list[Dead] = field(default_factory=list)
    failing: list[Failing] = field(default_factory=list)

    def extend(self, other: Handled | None) -> None:
        """Take over another handler's answer."""
        if other is not None:
            self.waiting += other.waiting
            self.dead += other.dead
            self.new_dead += other.new_dead
            self.failing += other.failing


Handler = Callable[[Connection, Sequence[Received[Any]]], Awaitable[Handled | None]]
"""Applies valid events of one topic, in order, in the given transaction; idempotent by natural key."""

Handlers = Mapping[str, Handler]
"""Topic -> handler, in the order in which a batch's topics are applied."""

Prepare = Callable[[Connection, Sequence[Received[Any]]], Awaitable[None]]
"""Takes, in one order, the locks that the handlers of a batch need: topic by topic they would be taken in disorder."""
