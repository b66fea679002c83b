"""Whether this service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.audits import Audit, audit_by_queries
from chassis.database import Connection
from chassis.http import Administration
from chassis.queries import load_queries
from chassis.service import Runtime
from read_model.totals import add_totals_route
from services.writeoff.store.requests import QUERIES

INVARIANTS = {
    "unbalanced_entries": "every entry has two sides that balance",
    "unbooked_answers": "what the ledger granted is booked",
    "entries_without_answer": "every entry of a request has its match",
    "overdrawn_items": "no item is written off beyond its amount",
    "odd_reversals": "a reversal mirrors its entry",
    "wrong_journals": "write-offs are booked on A-journals",
    "inconsistent_batches": "a batch's counts add up",
    "changed_periods": "a sealed period never changes",
}
"""Query -> what holds when it gives no rows."""


def add_audit_routes(router: APIRouter, runtime: Runtime) -> None:
    """The audit of this service."""

    @router.get("/audit")
    async def audit(administration: Administration) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here."""
        async with runtime.database.snapshot() as connection:
            return await audit_facts(connection, administration)

    add_totals_route(router, runtime)


async def audit_facts(connection: Connection, administration: str) -> Audit:
    """All invariants of one administration."""
    return await audit_by_queries(connection, load_queries(QUERIES), INVARIANTS, administration)
