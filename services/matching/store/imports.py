"""Files of other systems on their way in: their events, kept aside until all of them are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.outbox import OutboxEvent, lock_all_keys, wake_relay
from chassis.queries import load_queries
from chassis.telemetry.tracing import current_traceparent
from services.matching.store import QUERIES

STAGED_COLUMNS = ("administration", "import_id", "chunk", "position", *OutboxEvent._fields)
ABANDONED_HOURS = 24
"""An import that was not confirmed for so long never will be."""
MAX_DROPPED = 5
"""Abandoned imports that the opening of a new one clears away."""


@dataclass(frozen=True, slots=True)
class ImportKey:
    """Names an import: its id belongs to its administration."""

    administration: str
    import_id: UUID


@dataclass(frozen=True, slots=True)
class Staged:
    """How many events of an import are kept aside, in how many parts of its file."""

    events: int
    chunks: int


async def open_import(connection: Connection, key: ImportKey, file: str, fingerprint: str, employee: str) -> None:
    """Begin an import, and clear away some that nobody confirmed."""
    queries = load_queries(QUERIES)
    for row in await connection.fetch(queries.abandoned_imports, ABANDONED_HOURS, MAX_DROPPED):
        await connection.execute(queries.drop_import, *row)
    await connection.execute(queries.open_import, key.administration, key.import_id, file, fingerprint, employee)


async def lock_import(connection: Connection, key: ImportKey) -> asyncpg.Record | None:
    """The import's state and employee, locked; None when there is none."""
    return await connection.fetchrow(load_queries(QUERIES).lock_import, key.administration, key.import_id)


async def stage_chunk(connection: Connection, key: ImportKey, chunk: int, events: Sequence[OutboxEvent]) -> None:
    """Keep a part of a file aside, in place of what came under its number before."""
    await connection.execute(load_queries(QUERIES).drop_staged_chunk, key.administration, key.import_id, chunk)
    rows = [(key.administration, key.import_id, chunk, at, *event) for at, event in enumerate(events)]
    await connection.copy_records_to_table("import_event", columns=STAGED_COLUMNS, records=rows)


async def count_staged(connection: Connection, key: ImportKey) -> Staged:
    """What is kept aside of an import."""
    row = await connection.fetchrow(load_queries(QUERIES).count_staged, key.administration, key.import_id)
    assert row is not None, "counts always come as a row"
    return Staged(row["events"], row["chunks"])


async def set_state(connection: Connection, key: ImportKey, state: str) -> None:
    """Note how far a locked import is."""
    await connection.execute(load_queries(QUERIES).set_import_state, key.administration, key.import_id, state)


async def publish_staged(connection: Connection, key: ImportKey, begin: int, end: int) -> int:
    """Publish the parts of a file from `begin` to before `end`; the number of events."""
    await lock_all_keys(connection)
    status = await connection.execute(
        load_queries(QUERIES).publish_staged, key.administration, key.import_id, begin, end, current_traceparent()
    )
    await wake_relay(connection)
    return int(status.rpartition(" ")[2])


async def drop_import(connection: Connection, key: ImportKey) -> None:
    """Forget an import, and all that is kept aside of it."""
    await connection.execute(load_queries(QUERIES).drop_import, key.administration, key.import_id)


async def answers_of(
    connection: Connection, administration: str, requests: Sequence[tuple[str, UUID]]
) -> dict[int, str | None]:
    """What became of match requests, each given by party and id, by their indexes: None for a match, or why not."""
    rows = await connection.fetch(
        load_queries(QUERIES).answers_of,
        administration,
        [party_id for party_id, _ in requests],
        [request_id for _, request_id in requests],
    )
    return {row["position"] - 1: row["code"] for row in rows}
