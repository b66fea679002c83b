"""Zero accounts in the database: which accounts are away from zero, and the latest day at whose end they were not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.domain.criteria import ZeroPer
from services.matching.domain.ledger import PartyChunk
from services.matching.store import QUERIES


class Account(NamedTuple):
    """What a party has in one currency."""

    party_id: str
    currency: str


LastDays = Mapping[Account, date]
"""Up to which day accounts are settled; those that are not there are not settled at all."""


async def zero_balance_days(
    connection: Connection, chunk: PartyChunk, per: ZeroPer = "currency"
) -> list[Mapping[str, Any]]:
    """Per party and currency the latest day that ended in a zero balance, and a match that reaches across it."""
    rows = await connection.fetch(
        load_queries(QUERIES).zero_balance_days, chunk.administration, list(chunk.parties), per == "party"
    )
    return [dict(row) for row in rows]


async def accounts_with_balance(connection: Connection, chunk: PartyChunk) -> set[Account]:
    """The accounts of the parties whose balance is not zero."""
    rows = await connection.fetch(
        load_queries(QUERIES).accounts_with_balance, chunk.administration, list(chunk.parties)
    )
    return {Account(row["party_id"], row["currency"]) for row in rows}
