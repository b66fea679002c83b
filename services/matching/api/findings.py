"""What runs left to people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from chassis.http import Administration
from chassis.service import Runtime
from services.matching.api.streams import Format, at_one_moment, stream
from services.matching.domain.findings import FindingKind
from services.matching.operations import reports

COLUMNS = (
    "party_id", "kind", "code", "currency", "item_ids", "match_id", "zero_balance_date", "used_by",
)  # fmt: skip


def finding_router(runtime: Runtime) -> APIRouter:
    """The route that lists them."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/findings/{run_id}")
    async def findings(
        administration: Administration,
        run_id: UUID,
        kind: FindingKind | None = None,
        form: Annotated[Format, Query(alias="format")] = "ndjson",
    ) -> StreamingResponse:
        """All that a run suggested, left alone or refused, and why; its result shows the first few of each kind.

        `match_id` is what stands in the way or was not undone, `used_by` what uses the remainder that it made.
        """
        rows = at_one_moment(
            runtime, lambda connection: reports.findings(connection, administration, run_id, kind, COLUMNS)
        )
        return await stream(COLUMNS, rows, form, f"findings-{run_id}")

    return router
