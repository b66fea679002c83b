"""What clerks and auditors read: items and why they are as they are, accounts, and whether the books are right."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.projection.parties import find_administration
from services.matching.store import reports as store

VIOLATIONS_LIMIT = 1_000
"""Violations that an audit names; one more is not looked for."""


class Violation(BaseModel):
    """A stored fact that breaks an invariant."""

    model_config = ConfigDict(frozen=True)

    invariant: str
    party_id: str
    detail: str


class Audit(BaseModel):
    """What was recomputed, and what did not hold."""

    model_config = ConfigDict(frozen=True)

    violations: tuple[Violation, ...] = Field(description=f"At most about {VIOLATIONS_LIMIT}")
    checked: dict[str, int]


async def audit(connection: Connection, administration: str) -> Audit:
    """Recompute an administration's open amounts and matches from the facts, a chunk of parties at a time."""
    configuration = await find_administration(connection, administration)
    periods = configuration.fiscal_periods if configuration else ()
    listed = json.dumps([period.model_dump(mode="json") for period in periods])
    violations: list[Violation] = []
    checked = {"parties": 0, "items": 0, "matches": 0}
    async for parties in store.party_chunks(connection, administration):
        found, counts = await store.audit_chunk(connection, administration, parties, listed, VIOLATIONS_LIMIT)
        checked["parties"] += len(parties)
        for name, count in counts.items():
            checked[name] += count
        violations += [_violation(row) for row in found]
        if len(violations) >= VIOLATIONS_LIMIT:
            break
    return Audit(violations=tuple(violations[:VIOLATIONS_LIMIT]), checked=checked)


def _violation(row: dict[str, Any]) -> Violation:
    named = f"item {row['item_id']}: {row['detail']}" if "item_id" in row else f"match {row['match_id']}"
    return Violation(invariant=row["invariant"], party_id=row["party_id"], detail=named)
