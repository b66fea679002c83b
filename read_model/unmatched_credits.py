"""Credits that lie unmatched: said before a debtor is reminded or something is written off, and refused where asked.

Who paid and is reminded all the same, or is waived what was paid for, has been wronged by the order of the work: match
first. It is computed here alone, for everything that warns of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, TypeAdapter

from chassis.database import Connection
from chassis.errors import Refused
from chassis.http import View
from chassis.queries import load_queries
from chassis.sentences import Amount
from contracts.money import to_decimal
from contracts.operators import AdministrationConfigured
from read_model.parties import QUERIES

MAX_NAMED = 20
"""Accounts that a summary names; all of them are counted."""


class UnmatchedCredit(View):
    """What of an account's credits lies unmatched beside open charges, in minor units above zero."""

    party_id: str
    currency: str
    items: int
    amount: int


class UnmatchedCredits(View):
    """Credits that lie unmatched of some parties: match first."""

    parties: int = 0
    totals: dict[str, int] = Field(default={}, description="Minor units by currency")
    first: tuple[UnmatchedCredit, ...] = Field(default=(), description=f"The first {MAX_NAMED} accounts")


@dataclass(frozen=True, slots=True)
class CreditParties:
    """Whose credits are asked about: some parties of one administration."""

    administration: str
    party_ids: Sequence[str]


_ROWS = TypeAdapter(list[UnmatchedCredit])


def read_summary(text: str) -> UnmatchedCredits:
    """What the database's function `unmatched_summary` gives."""
    return UnmatchedCredits.model_validate_json(text)


async def summarise_unmatched(connection: Connection, of: CreditParties) -> UnmatchedCredits:
    """What lies unmatched of the parties, in figures."""
    query = load_queries(QUERIES).unmatched_summary_of
    return read_summary(await connection.fetchval(query, of.administration, list(of.party_ids), MAX_NAMED))


async def unmatched_by_party(connection: Connection, of: CreditParties) -> dict[str, tuple[UnmatchedCredit, ...]]:
    """What lies unmatched, by party, of those of whom anything does."""
    rows = await connection.fetch(load_queries(QUERIES).unmatched_of, of.administration, list(of.party_ids))
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["party_id"], []).append(dict(row))
    return {party_id: tuple(_ROWS.validate_python(rows)) for party_id, rows in found.items()}


def refuse_unmatched(found: UnmatchedCredits, configuration: AdministrationConfigured) -> None:
    """Raise Refused where credits lie unmatched and the administration asks that they are matched first."""
    if configuration.unmatched_credits != "refuse" or not found.first:
        return
    first = found.first[0]
    raise Refused(
        "unmatched-credits",
        "{amount} of credit of party {first.party_id} lies unmatched.",
        amount=Amount(to_decimal(first.amount, first.currency), first.currency),
        first=first,
        field="party_id",
        remedy="Match first: openitems matching settle --party {party_id}",
        party_id=first.party_id,
    )
