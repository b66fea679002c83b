"""The REST API of the ledger: items and matches, runs, audit."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.matching.api.audits import audit_router
from services.matching.api.beginnings import beginning_router
from services.matching.api.findings import finding_router
from services.matching.api.imports import import_router
from services.matching.api.ingest import ingest_router
from services.matching.api.items import item_router
from services.matching.api.matches import match_router
from services.matching.api.overviews import overview_router
from services.matching.api.proposals import proposal_router
from services.matching.api.reports import report_router
from services.matching.api.runs import run_router
from services.matching.api.standings import standing_router


def make_router(runtime: Runtime) -> APIRouter:
    """All routes of the service."""
    router = APIRouter()
    router.include_router(ingest_router(runtime))
    reading = (item_router, report_router, overview_router, finding_router, audit_router, beginning_router)
    for part in (*reading, match_router, run_router, proposal_router, import_router, standing_router):
        router.include_router(part(runtime), prefix="/v1")
    return router
