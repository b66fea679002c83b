"""Routes: whether this service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.audits import Audit, audit_by_queries
from chassis.http import Administration
from chassis.queries import load_queries
from chassis.service import Runtime
from read_model.totals import add_totals_route
from services.selection.store.sets import QUERIES

INVARIANTS = {
    "wrong_balances": "a party's kept balance is the sum of its open items",
    "wrong_fixed_sets": "a fixed set never changes",
    "unreported_writeoffs": "a set is written off only after its control report",
    "miscounted_writeoffs": "what was published is what was confirmed, by two employees where two are asked",
}
"""Query -> what holds when it gives no rows."""


def add_audit_routes(router: APIRouter, runtime: Runtime) -> None:
    """The audit of this service."""

    @router.get("/audit")
    async def audit(administration: Administration) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here."""
        async with runtime.database.snapshot() as connection:
            return await audit_by_queries(connection, load_queries(QUERIES), INVARIANTS, administration)

    add_totals_route(router, runtime)
