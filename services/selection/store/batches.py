"""Write-offs of fixed sets, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.selection.store.sets import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A write-off of a fixed set, as it is stored."""

    batch_id: UUID
    set_id: UUID
    journal: str
    booking_date: date
    note: str
    changed: str
    four_eyes: bool
    items: int
    parties: int
    requests: int
    totals: Mapping[str, int]
    left_out: Mapping[str, int]
    fingerprint: str
    state: str = "unconfirmed"
    requested_by: str
    requested_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    outcome: dict[str, Any] | None = None
    finished_at: datetime | None = None


def batch_of(row: asyncpg.Record) -> Batch:
    """A row of writeoff_batch."""
    values = dict(row)
    read = {name: json.loads(values[name]) for name in ("totals", "left_out")}
    outcome = json.loads(values["outcome"]) if values["outcome"] else None
    return Batch(**(values | read | {"outcome": outcome}))


async def get_batch(connection: Connection, administration: str, batch_id: UUID) -> Batch:
    """A write-off; NotFound when the administration has none with that id."""
    row = await connection.fetchrow(load_queries(QUERIES).get_batch, administration, batch_id)
    if row is None:
        raise NotFound(
            "unknown-writeoff",
            "There is no write-off {batch_id}.",
            batch_id=batch_id,
            field="batch_id",
            remedy="See the list of them.",
        )
    return batch_of(row)


async def add_batch(connection: Connection, administration: str, batch: Batch) -> None:
    """Keep a write-off that is not confirmed yet."""
    await connection.execute(
        load_queries(QUERIES).add_batch,
        administration,
        batch.batch_id,
        batch.set_id,
        batch.journal,
        batch.booking_date,
        batch.note,
        batch.changed,
        batch.four_eyes,
        batch.items,
        batch.parties,
        batch.requests,
        json.dumps(dict(batch.totals)),
        json.dumps(dict(batch.left_out)),
        batch.fingerprint,
        batch.requested_by,
        batch.requested_at,
    )
