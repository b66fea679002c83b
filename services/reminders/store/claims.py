"""What happened before to the items that are about to be reminded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

from chassis.database import Connection, joined_numbers
from chassis.queries import load_queries
from contracts.matching import ItemsMatched
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


async def insert_settlements(
    connection: Connection, matches: Sequence[ItemsMatched], is_written_off: Callable[[ItemsMatched], bool]
) -> None:
    """Keep what each match took off its items; what is known already stays as it is.

    `is_written_off` says whether no money came in for it.
    """
    await connection.execute(
        load_queries(QUERIES).insert_settlements,
        [match.administration for match in matches],
        [match.party_id for match in matches],
        [match.match_id for match in matches],
        [match.date for match in matches],
        [is_written_off(match) for match in matches],
        ["\x1f".join(line.item_id for line in match.lines) for match in matches],
        [joined_numbers(line.amount for line in match.lines) for match in matches],
    )
