"""Whether the books are right: what must always hold, recomputed from the stored facts."""

from __future__ import annotations

import json
from typing import Any

from chassis.database import Connection
from read_model.audits import MAX_VIOLATIONS, Audit, Violation
from read_model.parties import find_administration
from services.matching.store import reports as store

EARLY = frozenset({"match-earlier-than-its-items", "reversal-earlier-than-its-match"})
"""Invariants of which the days are told as well."""


async def audit(connection: Connection, administration: str) -> Audit:
    """Recompute open amounts, now and on every past day, and matches from the facts, a chunk of parties at a time."""
    return await _audit(connection, administration, past_days=True)


async def audit_of_today(connection: Connection, administration: str) -> Audit:
    """The same without the past days: what they cost is measured against it."""
    return await _audit(connection, administration, past_days=False)


async def _audit(connection: Connection, administration: str, *, past_days: bool) -> Audit:
    configuration = await find_administration(connection, administration)
    periods = configuration.fiscal_periods if configuration else ()
    listed = json.dumps([period.model_dump(mode="json") for period in periods])
    violations: list[Violation] = []
    checked = {"parties": 0, "items": 0, "matches": 0}
    async for parties in store.party_chunks(connection, administration):
        found, counts = await store.audit_chunk(connection, administration, parties, listed, MAX_VIOLATIONS)
        if past_days:
            found += await store.audit_days(connection, administration, parties, MAX_VIOLATIONS)
        checked["parties"] += len(parties)
        for name, count in counts.items():
            checked[name] += count
        violations += [_violation(row) for row in found]
        if len(violations) >= MAX_VIOLATIONS:
            break
    return Audit(violations=tuple(violations[:MAX_VIOLATIONS]), checked=checked)


def _violation(row: dict[str, Any]) -> Violation:
    if "match_id" in row:
        named = f"match {row['match_id']}" + (f" {row['days']}" if row["invariant"] in EARLY else "")
    else:
        named = f"item {row['item_id']}: {row['detail']}" if row["item_id"] else row["detail"]
    return Violation(invariant=row["invariant"], party_id=row["party_id"], detail=named)
