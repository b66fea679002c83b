"""The transactional outbox: events are committed with the facts that they tell, and published afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from chassis.database import COPIED_FROM, Connection
from chassis.queries import load_queries
from chassis.telemetry.tracing import current_traceparent
from contracts.event import MAX_EVENT_BYTES, Event

COLUMNS = ("topic", "key", "body", "event_id", "source", "headers", "subject", "traceparent")
KEY_SHARES = 32
"""Locks of the keys of events that come from outside: as many transactions tell under different keys side by side."""


class OutboxEvent(NamedTuple):
    """An event on its way out.

    `headers` (JSON) are only given for what is passed on as it came; `subject` names what it is the newest word of, for
    those who compare what comes next with it.
    """

    topic: str
    key: str
    body: bytes
    event_id: str | None = None
    source: str | None = None
    headers: str | None = None
    subject: str | None = None


LAST_OF_ALL = 2**63 - 1
"""Beyond every place in an outbox."""


@dataclass(frozen=True, slots=True)
class ToldRange:
    """Between which places of an outbox something is: after the one, up to the other.

    With no place to be after, only what is not published is looked at: that is never much.
    """

    after: int | None = None
    until: int = LAST_OF_ALL


@dataclass(frozen=True, slots=True)
class ToldPlaces:
    """Events of an administration in a range: how many, how many of them are not published, where the others are.

    `positions` say per `topic-partition` the offset after the last of them; `last` is the outbox' last place.
    """

    last: int
    events: int
    unpublished: int
    positions: Mapping[str, int]


class Told(NamedTuple):
    """An event that was told before."""

    topic: str
    body: bytes


def outgoing(event: Event, *, event_id: str | None = None, source: str | None = None) -> OutboxEvent:
    """An event of ours, as the outbox keeps it; the relay gives it an id and our source when none is given."""
    body = event.model_dump_json(exclude_unset=True).encode()
    return OutboxEvent(event.topic, event.key, body, event_id, source)


async def add_to_outbox(connection: Connection, events: Sequence[OutboxEvent]) -> None:
    """Queue events in this transaction, in this order, and wake the relay when it commits.

    Take the lock of what the key names before: only then is the order of ids the order of commits per key.
    """
    if not events:
        return
    for event in events:
        assert event.headers is not None or len(event.body) <= MAX_EVENT_BYTES, (
            f"an event of ours on {event.topic} is oversized"
        )
    trace = current_traceparent()
    if len(events) >= COPIED_FROM:
        rows = [(*event, trace) for event in events]
        await connection.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
        await wake_relay(connection)
        return
    await connection.execute(
        load_queries("chassis").add_to_outbox,
        [event.topic for event in events],
        [event.key for event in events],
        [event.body for event in events],
        [event.event_id for event in events],
        [event.source for event in events],
        [event.headers for event in events],
        [event.subject for event in events],
        [trace for _ in events],
    )


async def lock_keys(connection: Connection, keys: Iterable[str]) -> None:
    """Until the transaction ends, let nobody else who asks for this tell anything under these keys."""
    shares = sorted({crc32(key.encode()) % KEY_SHARES for key in keys})
    await connection.execute(load_queries("chassis").lock_keys, shares)


async def lock_all_keys(connection: Connection) -> None:
    """The same for every key."""
    await connection.execute(load_queries("chassis").lock_keys, list(range(KEY_SHARES)))


async def newest_told(connection: Connection, subjects: Collection[str]) -> dict[str, Told]:
    """The newest event about each of the subjects, be it published or not, for as long as the outbox keeps it."""
    rows = await connection.fetch(load_queries("chassis").newest_told, list(subjects))
    return {row["subject"]: Told(row["topic"], bytes(row["body"])) for row in rows}


async def wake_relay(connection: Connection) -> None:
    """Have the relay look at the outbox as soon as this transaction commits."""
    await connection.execute(load_queries("chassis").wake_relay)


async def publish(connection: Connection, *events: Event) -> None:
    """Queue events of ours in this transaction."""
    await add_to_outbox(connection, [outgoing(event) for event in events])


async def told_within(connection: Connection, administration: str, within: ToldRange, *, own: bool) -> ToldPlaces:
    """What was told of an administration in a range; with `own` only what the service told by itself."""
    queries = load_queries("chassis")
    last = await connection.fetchval(queries.last_told)
    asked = (administration, within.after or 0, min(within.until, last), own)
    unpublished = await connection.fetchval(queries.untold_events, *asked)
    rows = [] if within.after is None else await connection.fetch(queries.told_events, *asked)
    return ToldPlaces(
        last=last,
        events=unpublished + sum(row["events"] for row in rows),
        unpublished=unpublished,
        positions={f"{row['topic']}-{row['partition']}": row["goes_on"] for row in rows},
    )


async def replay(connection: Connection) -> int:
    """Publish everything that is still kept once more, in its old order: what a lost broker knew, it knows again."""
    status = await connection.execute(load_queries("chassis").replay_outbox)
    return int(status.rpartition(" ")[2])
