"""What a run passes over: what the criteria select, but something holds, its journal does not allow, or is later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.domain.criteria import Criteria
from services.matching.domain.findings import MAX_NAMED, Finding
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import PartyChunk
from services.matching.store import QUERIES
from services.matching.store.runs import bounds_json, criteria_json


@dataclass(frozen=True, slots=True)
class PassedOver:
    """How many items a payment run or a bank statement holds, how many each proposal, by its id, how many are later."""

    held: int
    proposed: Mapping[str, int]
    later: int


async def passed_over(connection: Connection, chunk: PartyChunk, criteria: Criteria, day: date) -> PassedOver:
    """What of the parties the criteria select but something holds, or a match of `day` would be earlier than."""
    queries, asked = load_queries(QUERIES), (chunk.administration, list(chunk.parties), bounds_json(criteria))
    held = await connection.fetchval(queries.count_held, *asked)
    proposed = await connection.fetch(queries.count_proposed, *asked)
    later = await count_later(connection, chunk, criteria, day)
    return PassedOver(int(held), {str(row["proposal_id"]): row["items"] for row in proposed}, later)


async def count_later(connection: Connection, chunk: PartyChunk, criteria: Criteria, day: date) -> int:
    """How many open items of the parties the criteria select that a match of `day` would be earlier than."""
    return int(
        await connection.fetchval(
            load_queries(QUERIES).count_later, chunk.administration, list(chunk.parties), bounds_json(criteria), day
        )
    )


async def foreign_accounts(
    connection: Connection, chunk: PartyChunk, form: SelectionForm, base_currency: str
) -> list[Finding]:
    """Accounts in other currencies that a run leaves alone, since its journal does not allow them."""
    rows = await connection.fetch(
        load_queries(QUERIES).foreign_accounts,
        chunk.administration,
        list(chunk.parties),
        criteria_json(form),
        base_currency,
        MAX_NAMED,
    )
    return [
        Finding(
            kind="left-alone",
            party_id=row["party_id"],
            code="no-foreign-currency",
            currency=row["currency"],
            item_ids=tuple(row["item_ids"]),
        )
        for row in rows
    ]
