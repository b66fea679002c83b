"""What is published of a confirmed write-off: its items by chunks of parties, and the events that told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.selection import WriteoffRequested
from services.selection.domain.asks import ExpectedAsk
from services.selection.store import QUERIES
from services.selection.store.write_offs import WriteOffBatch


@dataclass(frozen=True, slots=True)
class PublicationProgress:
    """How far a write-off is, in items: published, and what the ledger told of them so far."""

    published: int
    written_off: int
    skipped: int


@dataclass(frozen=True, slots=True)
class PartyStretch:
    """The parties after one up to another one, by id."""

    after: str
    last: str


async def last_party_of_chunk(
    connection: Connection, administration: str, batch: WriteOffBatch, after: str, items: int
) -> str | None:
    """The party with whose items a chunk of about so many items ends; None when there is none after that party."""
    keys = (administration, batch.set_id, batch.batch_id, after, items)
    last: str | None = await connection.fetchval(load_queries(QUERIES).last_party_of_chunk, *keys)
    return last


async def requested_items(
    connection: Connection, administration: str, batch: WriteOffBatch, parties: PartyStretch
) -> list[asyncpg.Record]:
    """The parties' items that are asked for, by party and item."""
    keys = (administration, batch.set_id, batch.batch_id, parties.after, parties.last)
    return await connection.fetch(load_queries(QUERIES).requested_items, *keys)


async def add_requests(
    connection: Connection, administration: str, batch_id: UUID, events: Sequence[WriteoffRequested]
) -> None:
    """Keep which events told of a write-off."""
    await connection.execute(
        load_queries(QUERIES).add_requests,
        administration,
        batch_id,
        [event.party_id for event in events],
        [event.request_id for event in events],
        [len(event.lines) for event in events],
    )


async def add_asks(connection: Connection, administration: str, asks: Sequence[ExpectedAsk]) -> None:
    """Keep which questions to the ledger belong to which requests."""
    await connection.execute(
        load_queries(QUERIES).add_asks,
        administration,
        [ask.party_id for ask in asks],
        [ask.ask_id for ask in asks],
        [ask.request_id for ask in asks],
        [ask.items for ask in asks],
    )


async def set_published(connection: Connection, administration: str, batch_id: UUID) -> None:
    """Keep that every event of a write-off is published."""
    await connection.execute(load_queries(QUERIES).finish_publishing, administration, batch_id)


async def progress_of_batch(connection: Connection, administration: str, batch_id: UUID) -> PublicationProgress:
    """How far a write-off is."""
    row = await connection.fetchrow(load_queries(QUERIES).progress_of_batch, administration, batch_id)
    assert row is not None, "an aggregate gives a row"
    return PublicationProgress(published=row["items"], written_off=row["written_off"], skipped=row["skipped"])
