"""Whether the books are right: what must always hold, recomputed from the stored facts."""

from __future__ import annotations

import json
from typing import Any

from chassis.database import Connection
from read_model.audits import MAX_VIOLATIONS, Audit, Violation
from read_model.parties import find_administration
from services.matching.store import reports as store


async def audit(connection: Connection, administration: str) -> Audit:
    """Recompute an administration's open amounts and matches from the facts, a chunk of parties at a time."""
    configuration = await find_administration(connection, administration)
    periods = configuration.fiscal_periods if configuration else ()
    listed = json.dumps([period.model_dump(mode="json") for period in periods])
    violations: list[Violation] = []
    checked = {"parties": 0, "items": 0, "matches": 0}
    async for parties in store.party_chunks(connection, administration):
        found, counts = await store.audit_chunk(connection, administration, parties, listed, MAX_VIOLATIONS)
        checked["parties"] += len(parties)
        for name, count in counts.items():
            checked[name] += count
        violations += [_violation(row) for row in found]
        if len(violations) >= MAX_VIOLATIONS:
            break
    return Audit(violations=tuple(violations[:MAX_VIOLATIONS]), checked=checked)


def _violation(row: dict[str, Any]) -> Violation:
    named = f"item {row['item_id']}: {row['detail']}" if "item_id" in row else f"match {row['match_id']}"
    return Violation(invariant=row["invariant"], party_id=row["party_id"], detail=named)
