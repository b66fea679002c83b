"""What happened before to the items that are about to be reminded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Connection
from chassis.queries import load_queries
from services.reminders.domain.costs import ClaimHistory
from services.reminders.domain.members import Member
from services.reminders.law.claims import EarlierReminder
from services.reminders.store import QUERIES

Key = tuple[str, str]


async def get_histories(
    connection: Connection, administration: str, members: Sequence[Member]
) -> dict[Key, ClaimHistory]:
    """Earlier reminders, settlements and interest of items, by (party, item); nothing for those without any."""
    queries = load_queries(QUERIES)
    named = (administration, [member.party_id for member in members], [member.item_id for member in members])
    earlier: dict[Key, list[EarlierReminder]] = defaultdict(list)
    until: dict[Key, date] = {}
    for row in await connection.fetch(queries.earlier_reminders, *named):
        key = (row["party_id"], row["item_id"])
        earlier[key].append(EarlierReminder(row["generation_date"], row["channel"], row["fee_amount"], row["notice"]))
        if row["interest_until"]:
            until[key] = max(until.get(key, row["interest_until"]), row["interest_until"])
    settled: dict[Key, list[tuple[date, int]]] = defaultdict(list)
    for row in await connection.fetch(queries.settlements, *named):
        settled[row["party_id"], row["item_id"]].append((row["settled_on"], row["amount"]))
    return {key: ClaimHistory(tuple(earlier[key]), tuple(settled[key]), until.get(key)) for key in {*earlier, *settled}}


@dataclass(frozen=True, slots=True)
class ItemSettlement:
    """What one match took off an item (below zero on a charge), and whether no money came in for it."""

    administration: str
    party_id: str
    item_id: str
    match_id: UUID
    settled_on: date
    amount_minor: int
    is_written_off: bool


async def insert_settlements(connection: Connection, settlements: Sequence[ItemSettlement]) -> None:
    """Keep what was settled; what is known already stays as it is."""
    await connection.execute(
        load_queries(QUERIES).insert_settlements,
        [one.administration for one in settlements],
        [one.party_id for one in settlements],
        [one.item_id for one in settlements],
        [one.match_id for one in settlements],
        [one.settled_on for one in settlements],
        [one.amount_minor for one in settlements],
        [one.is_written_off for one in settlements],
    )
