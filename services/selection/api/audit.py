"""Routes: whether this service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from typing import Any

import asyncpg
from fastapi import APIRouter
from pydantic import Field

from chassis.database import Connection
from chassis.http import AnyActor, in_administration
from chassis.projection.totals import add_totals_route
from chassis.queries import load_queries
from chassis.service import Runtime
from services.selection.api.views import Administration, Shown
from services.selection.store import QUERIES

INVARIANTS = {
    "wrong_balances": "a party's kept balance is the sum of its open items",
    "wrong_fixed_sets": "a fixed set never changes",
    "unreported_writeoffs": "a set is written off only after its control report",
    "miscounted_writeoffs": "what was published is what was confirmed, by two employees where two are asked",
}
"""Query -> what holds when it gives no rows."""
MAX_VIOLATIONS = 1_000


class Violation(Shown):
    """A fact that should not be."""

    invariant: str
    detail: str
    party_id: str | None = None


class Audit(Shown):
    """What was checked and found; at most a thousand violations of each invariant."""

    violations: tuple[Violation, ...]
    checked: dict[str, int] = Field(description="How many of each were looked at")


def add_audit_routes(router: APIRouter, runtime: Runtime) -> None:
    """The audit of this service."""

    @router.get("/audit")
    async def audit(administration: Administration, actor: AnyActor) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here."""
        in_administration(actor, administration)
        async with runtime.database.snapshot() as connection:
            return await audit_facts(connection, administration)

    add_totals_route(router, runtime)


async def audit_facts(connection: Connection, administration: str) -> Audit:
    """All invariants of one administration."""
    queries = load_queries(QUERIES)
    violations: list[Violation] = []
    for query, holds in INVARIANTS.items():
        rows = await connection.fetch(queries[query], administration, MAX_VIOLATIONS)
        violations += [_violation(holds, row) for row in rows]
    checked = await connection.fetchrow(queries.audited_counts, administration)
    assert checked is not None, "counts always come as a row"
    return Audit(violations=tuple(violations), checked=dict(checked))


def _violation(invariant: str, row: asyncpg.Record) -> Violation:
    facts: dict[str, Any] = dict(row)
    party_id = facts.pop("party_id", None)
    detail = ", ".join(f"{name} {value}" for name, value in facts.items())
    return Violation(invariant=invariant, party_id=party_id, detail=detail)
