"""Exchange adjustment in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.domain.findings import MAX_NAMED, Finding
from services.matching.domain.ledger import Booking, PartyChunk
from services.matching.domain.list_order import AdjustmentPlace, Stretch
from services.matching.store import QUERIES
from services.matching.store.runs import booking_json


@dataclass(frozen=True, slots=True)
class AdjustmentBookings:
    """Where an exchange adjustment is booked, on the day whose end it values, and where the day after takes it back."""

    adjustment: Booking
    taken_back: Booking


async def unrated_currencies(
    connection: Connection, administration: str, rated: Collection[str], day: date
) -> list[str]:
    """The currencies beside those that are `rated` in which anything was open at the end of a day."""
    rows = await connection.fetch(load_queries(QUERIES).unrated_currencies, administration, sorted(rated), day)
    return [row["currency"] for row in rows]


async def revalue(
    connection: Connection, chunk: PartyChunk, worth: Mapping[str, Decimal], bookings: AdjustmentBookings
) -> int:
    """Book unrealised differences of the parties at the end of a day and take them back the next; gives the entries.

    `worth` is what a minor unit of each currency is worth in minor units of the base currency.
    """
    status = await connection.execute(
        load_queries(QUERIES).revalue,
        chunk.administration,
        list(chunk.parties),
        bookings.adjustment.match_date,
        list(worth),
        list(worth.values()),
        booking_json(bookings.adjustment),
        booking_json(bookings.taken_back),
    )
    return int(status.rpartition(" ")[2])


async def unvalued_accounts(connection: Connection, chunk: PartyChunk, day: date, base_currency: str) -> list[Finding]:
    """Accounts of the parties with something open on the day in another currency whose base amount nobody told."""
    rows = await connection.fetch(
        load_queries(QUERIES).unvalued_accounts,
        chunk.administration,
        list(chunk.parties),
        day,
        base_currency,
        MAX_NAMED,
    )
    return [
        Finding(
            kind="left-alone",
            party_id=row["party_id"],
            code="unknown-base-amount",
            currency=row["currency"],
            item_ids=tuple(row["item_ids"]),
        )
        for row in rows
    ]


async def list_revaluations(
    connection: Connection, administration: str, run_id: UUID, stretch: Stretch[AdjustmentPlace]
) -> list[asyncpg.Record]:
    """Entries of an adjustment by party, currency and day."""
    return await connection.fetch(
        load_queries(QUERIES).list_revaluations, administration, run_id, *stretch.after, stretch.limit
    )
