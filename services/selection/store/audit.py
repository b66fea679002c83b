"""Whether this service's own facts hold, recomputed from what is stored."""

from __future__ import annotations

from chassis.database import Connection
from chassis.queries import load_queries
from read_model.audits import Audit, audit_by_queries
from services.selection.store import QUERIES

INVARIANTS = {
    "wrong_balances": "a party's kept balance is the sum of its open items",
    "wrong_fixed_sets": "a fixed set never changes",
    "unreported_writeoffs": "a set is written off only after its control report",
    "miscounted_writeoffs": "what was published is what was confirmed, by two employees where two are asked",
}
"""Query -> what holds when it gives no rows."""


async def audit_selections(connection: Connection, administration: str) -> Audit:
    """Every invariant of this service, with what breaks it."""
    return await audit_by_queries(connection, load_queries(QUERIES), INVARIANTS, administration)
