"""What runs left to people."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from chassis.http import Administration
from chassis.service import Runtime
from services.matching.api.report_files import Wanted, report_file, report_table
from services.matching.domain.findings import FindingKind
from services.matching.operations import reports

COLUMNS = (
    "party_id", "kind", "code", "currency", "item_ids", "match_id", "zero_balance_date", "used_by",
)  # fmt: skip
FINDINGS = report_table(*COLUMNS)


def finding_router(runtime: Runtime) -> APIRouter:
    """The route that lists them."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/findings/{run_id}")
    async def findings(
        administration: Administration,
        run_id: UUID,
        kind: FindingKind | None = None,
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """All that a run suggested, left alone or refused, and why; its result shows the first few of each kind.

        `match_id` is what stands in the way or was not undone, `used_by` what uses the remainder that it made.
        """
        return await report_file(
            runtime,
            lambda connection: reports.findings(connection, administration, run_id, kind, COLUMNS),
            FINDINGS,
            wanted,
            f"findings-{run_id}",
        )

    return router
