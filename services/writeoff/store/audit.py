"""Whether the stored facts hold."""

from __future__ import annotations

from chassis.database import Connection
from chassis.queries import load_queries
from read_model.audits import Audit, audit_by_queries
from services.writeoff.store import QUERIES

INVARIANTS = {
    "unbalanced_entries": "every entry has two sides that balance",
    "unbooked_answers": "what the ledger granted is booked",
    "entries_without_answer": "every entry of a request has its match",
    "overdrawn_items": "no item is written off beyond its amount",
    "overdrawn_days": "no item is written off beyond its amount on any past day, nor taken back before it was",
    "early_entries": "no write-off is earlier than its item",
    "early_reversals": "no reversal is earlier than its entry",
    "odd_reversals": "a reversal mirrors its entry",
    "wrong_journals": "write-offs are booked on A-journals",
    "inconsistent_batches": "a batch's counts add up",
    "untied_journals": "receipts tie out to the cash and bank journals, day by day",
    "changed_periods": "a sealed period never changes",
}
"""Query -> what holds when it gives no rows."""


async def audit(connection: Connection, administration: str) -> Audit:
    """Recompute all invariants of one administration."""
    return await audit_by_queries(connection, load_queries(QUERIES), INVARIANTS, administration)
