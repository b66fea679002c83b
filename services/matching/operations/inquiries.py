"""What clerks look up: items and why they are as they are, accounts, and matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.sentences import Sentence
from read_model.parties import require_party
from read_model.postings import UnknownItem
from services.matching.domain.list_order import ItemPlace, MatchPlace, Stretch
from services.matching.domain.why_not_matched import Reservation, obstacles
from services.matching.store import reports as store
from services.matching.store.matches import event_of


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """A clearing entry as its event tells it, with the match that undid it if there is one."""

    party_id: str
    sequence: int
    reversed_by: UUID | None
    match: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item, everything that settled it, and what keeps a run from taking it."""

    item: asyncpg.Record
    matches: list[FoundMatch]
    reservation: Reservation | None
    obstacles: tuple[Sentence, ...]


async def find_items(
    connection: Connection, administration: str, party_id: str | None, stretch: Stretch[ItemPlace], *, only_open: bool
) -> list[asyncpg.Record]:
    """Items with what is open of them, of one party or of all; raises NotFound for a party that nobody knows."""
    rows = await store.list_items(connection, administration, party_id, stretch, only_open=only_open)
    if not rows and party_id is not None:
        await require_party(connection, administration, party_id)
    return rows


async def explain_item(connection: Connection, administration: str, party_id: str, item_id: str) -> FoundItem:
    """One item: what settled it, who undid that, and what keeps a run from taking it now; raises UnknownItem."""
    item = await store.find_item(connection, administration, party_id, item_id)
    if item is None:
        raise UnknownItem(party_id, item_id)
    matches = await store.matches_of_item(connection, administration, party_id, item_id)
    reservation = await store.find_reservation(connection, administration, party_id, item_id)
    found = obstacles(
        open_amount=item["open_amount"],
        in_payment_run=item["in_payment_run"],
        on_bank_statement=item["on_bank_statement"],
        reservation=reservation,
    )
    return FoundItem(item, list(map(_found, matches)), reservation, found)


async def account_totals(connection: Connection, administration: str, party_id: str) -> list[asyncpg.Record]:
    """What is open of a party, per currency; raises NotFound for one that nobody knows."""
    totals = await store.account_totals(connection, administration, party_id)
    if not totals:
        await require_party(connection, administration, party_id)
    return totals


async def find_matches(
    connection: Connection,
    administration: str,
    party_id: str | None,
    run_id: UUID | None,
    stretch: Stretch[MatchPlace],
) -> list[FoundMatch]:
    """Clearing entries and reversals, of one party or of all, of one run or of any."""
    rows = await store.list_matches(connection, administration, party_id, run_id, stretch)
    if not rows and party_id is not None:
        await require_party(connection, administration, party_id)
    return list(map(_found, rows))


def _found(row: asyncpg.Record) -> FoundMatch:
    return FoundMatch(row["party_id"], row["sequence"], row["reversed_by"], event_of(row))
