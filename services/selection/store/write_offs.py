"""Write-offs of fixed sets: what was confirmed by whom, and what is left out of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.errors import NotFound
from chassis.queries import load_queries
from read_model.unmatched_credits import MAX_NAMED, UnmatchedCredits, read_summary
from read_model.write_offs import Waivable, WhyNot
from services.selection.domain.work_scope import WorkScope
from services.selection.store import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffBatch:
    """A write-off of a fixed set, as it is stored; totals in minor units per currency.

    Its `state` is unconfirmed, publishing, stopped (its publication failed: `failure` says why), published or done.
    """

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
    left_out_totals: Sequence[Mapping[str, Any]]
    fingerprint: str
    state: str = "unconfirmed"
    requested_by: str
    requested_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    outcome: dict[str, Any] | None = None
    finished_at: datetime | None = None
    failure: dict[str, Any] | None = None


class BatchPlace(NamedTuple):
    """Where a write-off stands in the list, newest first."""

    requested_at: datetime
    batch_id: UUID


class BatchItemPlace(NamedTuple):
    """Where an item stands in the order of party and item."""

    party_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class RefusedKind:
    """What the rules of write-offs refuse, and why: every member that is like it in all that decides."""

    like: Waivable
    why: WhyNot


@dataclass(frozen=True, slots=True)
class SetForBatch:
    """A fixed set, the write-off that is made of it, and what the rules and the black list keep out of it."""

    set_id: UUID
    batch_id: UUID
    skip_blacklisted: bool
    booked_on: date
    refused: Sequence[RefusedKind]

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The day of the booking, and what is refused, column by column."""
        refused = [(*astuple(one.like), one.why.code) for one in self.refused]
        return self.booked_on, *columns(refused, len(fields(Waivable)) + 1)


@dataclass(frozen=True, slots=True)
class LeftOutItems:
    """What is left out of a write-off: how many items by reason, of what amounts, and a digest of exactly which ones.

    Each of the totals has `code`, `currency`, `items` and `amount`: what the fixed set has of them, in minor units.
    """

    counts: Mapping[str, int]
    totals: Sequence[Mapping[str, Any]]
    digest: str


@dataclass(frozen=True, slots=True)
class Requested:
    """What a write-off asks for: totals by currency, and the events that it takes."""

    items: int
    totals: Mapping[str, int]
    parties: int
    requests: int


def batch_of(row: asyncpg.Record) -> WriteOffBatch:
    """Read the write-off that a row of writeoff_batch keeps."""
    values = dict(row)
    read = {name: json.loads(values[name]) for name in ("totals", "left_out", "left_out_totals")}
    may_be_null = {name: json.loads(values[name]) if values[name] else None for name in ("outcome", "failure")}
    return WriteOffBatch(**(values | read | may_be_null))


async def get_batch(connection: Connection, administration: str, batch_id: UUID) -> WriteOffBatch:
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


async def lock_batch(connection: Connection, administration: str, batch_id: UUID) -> WriteOffBatch:
    """A write-off, kept from being changed by others until the transaction ends."""
    await connection.fetchval(load_queries(QUERIES).lock_batch, administration, batch_id)
    return await get_batch(connection, administration, batch_id)


async def add_batch(connection: Connection, administration: str, batch: WriteOffBatch) -> None:
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
        json.dumps([dict(one) for one in batch.left_out_totals]),
        batch.fingerprint,
        batch.requested_by,
        batch.requested_at,
    )


async def set_confirmed(connection: Connection, scope: WorkScope, batch_id: UUID) -> WriteOffBatch:
    """Keep who gave the second confirmation: the write-off is to be published."""
    query = load_queries(QUERIES).confirm_batch
    await connection.execute(query, scope.administration, batch_id, scope.employee, scope.now)
    return await get_batch(connection, scope.administration, batch_id)


async def other_batch(connection: Connection, administration: str, set_id: UUID) -> UUID | None:
    """The confirmed write-off of a set; None where it has none."""
    found: UUID | None = await connection.fetchval(load_queries(QUERIES).other_batch, administration, set_id)
    return found


async def kinds_of_members(
    connection: Connection, administration: str, set_id: UUID, booked_on: date
) -> list[Waivable]:
    """What there is among the marked members of a set, in all that decides whether they may be written off on a day."""
    rows = await connection.fetch(load_queries(QUERIES).kinds_of_members, administration, set_id, booked_on)
    return [Waivable(*row) for row in rows]


async def unmatched_of_set(connection: Connection, administration: str, set_id: UUID) -> UnmatchedCredits:
    """What credits lie unmatched of the parties of the marked members of a set."""
    query = load_queries(QUERIES).unmatched_of_set
    return read_summary(await connection.fetchval(query, administration, set_id, MAX_NAMED))


async def leave_out(connection: Connection, scope: WorkScope, of: SetForBatch) -> LeftOutItems:
    """Keep which members must not be requested: changed since the set was fixed, on the black list, or refused."""
    queries = load_queries(QUERIES)
    keys = (scope.administration, of.set_id, of.batch_id, of.skip_blacklisted, scope.today)
    await connection.execute(queries.leave_out, *keys, *of.parameters)
    row = await connection.fetchrow(queries.summarise_left_out, scope.administration, of.batch_id)
    assert row is not None, "an aggregate gives a row"
    totals = await connection.fetch(queries.total_left_out, scope.administration, of.batch_id)
    return LeftOutItems(json.loads(row["counts"]), [dict(one) for one in totals], row["digest"])


async def news_since_left_out(
    connection: Connection, scope: WorkScope, of: SetForBatch, limit: int
) -> list[asyncpg.Record]:
    """The first items that must be left out and were not, or the other way round."""
    keys = (scope.administration, of.set_id, of.batch_id, of.skip_blacklisted, scope.today)
    return await connection.fetch(load_queries(QUERIES).news_since_left_out, *keys, *of.parameters, limit)


async def count_requested(
    connection: Connection, administration: str, of: SetForBatch, lines_of_an_event: int
) -> Requested:
    """What is left of a set, and the events that it takes with at most so many lines each."""
    queries = load_queries(QUERIES)
    keys = (administration, of.set_id, of.batch_id)
    counted = await connection.fetch(queries.count_requested, *keys)
    events = await connection.fetchrow(queries.count_requests, *keys, lines_of_an_event)
    assert events is not None, "an aggregate gives a row"
    return Requested(
        items=sum(row["items"] for row in counted),
        totals={row["currency"]: row["amount"] for row in counted},
        parties=events["parties"],
        requests=events["requests"],
    )


async def page_of_batches(
    connection: Connection, administration: str, set_id: UUID | None, after: BatchPlace | None, limit: int
) -> list[asyncpg.Record]:
    """Write-offs, newest first: those of a set, or all of them; see `batch_of`."""
    keys = after or (None, None)
    return await connection.fetch(load_queries(QUERIES).list_batches, administration, *keys, limit, set_id)


async def page_of_left_out(
    connection: Connection, administration: str, batch_id: UUID, after: BatchItemPlace, limit: int
) -> list[asyncpg.Record]:
    """Items of the set that are not requested, and why."""
    return await connection.fetch(load_queries(QUERIES).list_left_out, administration, batch_id, *after, limit)


async def page_of_changes(
    connection: Connection, administration: str, set_id: UUID, after: BatchItemPlace, limit: int
) -> list[asyncpg.Record]:
    """Members whose item has another open amount than when the set was made."""
    return await connection.fetch(load_queries(QUERIES).list_changes, administration, set_id, *after, limit)
