"""Reports of any size, read chunk by chunk: what is open, how old it is, what was booked, what runs left."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from read_model.parties import get_administration
from services.matching.domain.ageing import AgeScale
from services.matching.domain.criteria import AccountLimits, JournalCriteria, PartyRange
from services.matching.domain.findings import FindingKind
from services.matching.domain.ledger import PartyChunk, allocations_of
from services.matching.domain.list_order import AdjustmentPlace, FindingPlace, MatchPlace, Stretch
from services.matching.store import reports as store
from services.matching.store import revaluations
from services.matching.store.runs import list_findings
from services.matching.store.zero_balances import zero_balance_days

PAGE_ROWS = 1_000
"""Rows that are read at a time, where a report does not go by chunks of parties."""

Rows = AsyncGenerator[dict[str, Any], None]
"""A report's rows, read as they are sent; whoever takes them gives a connection that sees one moment."""
Report = Callable[[Connection], Rows]
"""A report that only needs to know through which connection it is read."""


async def open_items(connection: Connection, administration: str, parties: PartyRange, day: date) -> Rows:
    """What was open of each party at the end of a day, recomputed from postings and matches."""
    async for chunk in store.party_chunks(connection, administration, parties):
        for row in await store.open_items_as_of(connection, administration, chunk, day):
            yield dict(row)


async def ageing(connection: Connection, administration: str, parties: PartyRange, day: date, scale: AgeScale) -> Rows:
    """What was open at the end of a day by age, per party and currency."""
    async for chunk in store.party_chunks(connection, administration, parties):
        for row in await store.ageing(connection, administration, chunk, day, scale):
            yield {**dict(row), "bucket": scale.names[row["bucket"]]}


async def clearing_journal(connection: Connection, administration: str, criteria: JournalCriteria) -> Rows:
    """The clearing entries of a fiscal year, of one period or journal if named."""
    place = MatchPlace()
    while found := await store.clearing_journal(connection, administration, criteria, Stretch(place, PAGE_ROWS)):
        place = MatchPlace(found[-1]["party_id"], found[-1]["sequence"])
        for row in found:
            yield dict(row)


async def accounts(connection: Connection, administration: str, parties: PartyRange, limits: AccountLimits) -> Rows:
    """Accounts with balance, counts, and the latest day at whose end the balance was zero.

    Zero is that of the account by itself, or of all accounts of its party at once. `crossing_match` is a match in force
    that reaches across that day.
    """
    nothing = {"items": 0, "charges": 0, "credits": 0, "balance": 0}
    async for chunk in store.party_chunks(connection, administration, parties):
        balances = await store.account_balances(connection, administration, chunk)
        for row in await zero_balance_days(connection, PartyChunk(administration, chunk), limits.zero_per):
            if limits.currencies.has(row["currency"]):
                yield {
                    **nothing,
                    **dict(balances.get((row["party_id"], row["currency"]), {})),
                    "party_id": row["party_id"],
                    "currency": row["currency"],
                    "zero_balance_date": row["day"],
                    "crossing_match": row["crossing_match"],
                }


async def settlement_information(connection: Connection, administration: str, parties: PartyRange) -> Rows:
    """Which credit settled which charge, for how much, in all matches in force that keep it."""
    async for chunk in store.party_chunks(connection, administration, parties):
        place = MatchPlace()
        while found := await store.settlements_in_force(connection, administration, chunk, Stretch(place, PAGE_ROWS)):
            place = MatchPlace(found[-1]["party_id"], found[-1]["sequence"])
            for row in (allocation for match in found for allocation in _allocations(match)):
                yield row


def _allocations(match: asyncpg.Record) -> list[dict[str, Any]]:
    named = {name: match[name] for name in ("party_id", "currency", "match_date", "method", "match_id")}
    return [
        {
            **named,
            "charge_item_id": found.charge_item_id,
            "credit_item_id": found.credit_item_id,
            "amount": found.amount,
        }
        for found in allocations_of(match["item_ids"], match["amounts"])
    ]


async def findings(
    connection: Connection, administration: str, run_id: UUID, kind: FindingKind | None, columns: Sequence[str]
) -> Rows:
    """All that a run suggested, left alone or refused, and why, with these columns of each."""
    place = FindingPlace()
    while found := await list_findings(connection, administration, run_id, kind, Stretch(place, PAGE_ROWS)):
        place = FindingPlace(found[-1]["party_id"], found[-1]["number"])
        for row in found:
            yield {name: row[name] for name in columns}


async def find_adjustments(
    connection: Connection, administration: str, run_id: UUID, stretch: Stretch[AdjustmentPlace]
) -> list[dict[str, Any]]:
    """The unrealised exchange differences of a run, each with its base currency, and what the next day takes back."""
    rows = await revaluations.list_revaluations(connection, administration, run_id, stretch)
    base_currency = (await get_administration(connection, administration)).base_currency
    return [{**dict(row), "base_currency": base_currency} for row in rows]
