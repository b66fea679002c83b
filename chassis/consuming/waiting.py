"""Events that wait for what they refer to, as the service keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.consuming.handling import Waiting, digest_of, headers_to_json
from chassis.database import Connection
from chassis.queries import load_queries

LIST_LIMIT = 1_001
"""A page of the API, and the row that tells of a next one."""


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
        [entry.refers_to for entry in unique.values()],
        [record.value or b"" for record in records],
        [headers_to_json(record.headers) for record in records],
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
