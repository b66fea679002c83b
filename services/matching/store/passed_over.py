"""What a run passes over: items that the criteria select but something holds, or its journal does not allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    """How many items a payment run or a bank statement holds, and how many each proposal, by its id."""

    held: int
    proposed: Mapping[str, int]


async def passed_over(connection: Connection, chunk: PartyChunk, criteria: Criteria) -> PassedOver:
    """What of the parties the criteria select but something holds."""
    queries, asked = load_queries(QUERIES), (chunk.administration, list(chunk.parties), bounds_json(criteria))
    held = await connection.fetchval(queries.count_held, *asked)
    proposed = await connection.fetch(queries.count_proposed, *asked)
    return PassedOver(int(held), {str(row["proposal_id"]): row["items"] for row in proposed})


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
