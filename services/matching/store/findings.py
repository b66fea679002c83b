"""What runs leave to people, in the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.queries import load_queries
from services.matching.domain.findings import Finding, FindingKind
from services.matching.domain.list_order import FindingPlace, Stretch
from services.matching.store import QUERIES


async def add_findings(connection: Connection, administration: str, run_id: UUID, findings: Sequence[Finding]) -> None:
    """Keep what a chunk of a run found; a party belongs to one chunk of a run."""
    if not findings:
        return
    rows = [asdict(finding) | {"number": number} for number, finding in enumerate(findings, 1)]
    await connection.execute(load_queries(QUERIES).add_findings, administration, run_id, json.dumps(rows, default=str))


async def list_findings(
    connection: Connection, administration: str, run_id: UUID, kind: FindingKind | None, stretch: Stretch[FindingPlace]
) -> list[asyncpg.Record]:
    """Findings of a run in the order of party and number."""
    return await connection.fetch(
        load_queries(QUERIES).list_findings, administration, run_id, kind, *stretch.after, stretch.limit
    )
