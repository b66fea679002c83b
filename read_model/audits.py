"""What a service's audit tells, and the audit by queries that find nothing where all holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.queries import Queries

MAX_VIOLATIONS = 1_000
"""Violations of one invariant that an audit names; more are not looked for."""


class Violation(BaseModel):
    """A stored fact that breaks what must always hold."""

    model_config = ConfigDict(frozen=True)

    invariant: str
    party_id: str | None = None
    detail: str


class Audit(BaseModel):
    """What was checked and found."""

    model_config = ConfigDict(frozen=True)

    violations: tuple[Violation, ...] = Field(description=f"About {MAX_VIOLATIONS:,} of each invariant at most")
    checked: dict[str, int] = Field(description="How many of each were looked at")


async def audit_by_queries(
    connection: Connection, queries: Queries, invariants: Mapping[str, str], administration: str
) -> Audit:
    """The audit of an administration: `invariants` says of each query what holds when it gives no rows.

    The queries take the administration and MAX_VIOLATIONS; the one named `audited` counts what they look at.
    """
    violations: list[Violation] = []
    for query, holds in invariants.items():
        rows = await connection.fetch(queries[query], administration, MAX_VIOLATIONS)
        violations += [_violation(holds, row) for row in rows]
    checked = await connection.fetchrow(queries.audited, administration)
    assert checked is not None, "counts always come as a row"
    return Audit(violations=tuple(violations), checked=dict(checked))


def _violation(invariant: str, row: asyncpg.Record) -> Violation:
    facts: dict[str, Any] = dict(row)
    party_id = facts.pop("party_id", None)
    detail = ", ".join(f"{name} {value}" for name, value in facts.items())
    return Violation(invariant=invariant, party_id=party_id, detail=detail)
