"""Stopping a run on its way: what it did stays, and is undone like what a whole run did."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.jobs import cancel_job, lock_job
from chassis.sentences import Sentence
from services.matching.operations.run_steps import result_of
from services.matching.operations.settlement import KIND as SETTLEMENT
from services.matching.operations.small_balances import KIND as SMALL_BALANCES
from services.matching.operations.undoing import KIND as UNDO
from services.matching.operations.undoing import SETTLEMENTS as UNDO_OF_SETTLEMENTS

STOPPED_HALF_WAY = frozenset({SETTLEMENT, SMALL_BALANCES, UNDO, UNDO_OF_SETTLEMENTS})
"""Runs whose every chunk is whole by itself; the others leave a proposal or a valuation that is not."""

_STATES = {"done": Sentence("done"), "failed": Sentence("failed"), "cancelled": Sentence("cancelled")}


async def stop_run(connection: Connection, administration: str, run_id: UUID, employee: str) -> dict[str, Any]:
    """Stop a run before its next chunk, waiting for the one that is being done; gives how far it came and to what.

    Raises NotFound, or Conflict when the run is over already or has to go to its end.
    """
    # A chunk that is being done holds the row: whoever locks it stands between two chunks.
    job = await lock_job(connection, run_id)
    if job["administration"] != administration:
        raise NotFound(
            "unknown-run",
            "No run of this administration has the id {run_id}.",
            run_id=run_id,
            field="run_id",
            remedy="See the list of runs.",
        )
    if job["kind"] not in STOPPED_HALF_WAY:
        raise Conflict(
            "run-goes-to-its-end",
            "A run of the kind {kind} is not stopped half-way.",
            kind=job["kind"],
            field="run_id",
            remedy="Wait for its end, and take it back then.",
        )
    if job["state"] not in {"queued", "running"}:
        raise Conflict(
            "run-is-over",
            "The run is {state}.",
            state=_STATES.get(job["state"], job["state"]),
            field="run_id",
            remedy="See what it came to: openitems matching run. What it did is taken back by undo-run.",
        )
    result = result_of(json.loads(job["cursor"] or "{}"))
    await cancel_job(connection, run_id, result, employee)
    return {"run_id": run_id, "done": job["done"], "total": job["total"], "result": result}
