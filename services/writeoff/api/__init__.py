"""The service's REST API: routes lead to operations and say nothing themselves."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.writeoff.api.audit import audit_router
from services.writeoff.api.batches import batch_router
from services.writeoff.api.beginnings import beginning_router
from services.writeoff.api.entries import entry_router
from services.writeoff.api.manual import manual_router
from services.writeoff.api.overviews import overview_router
from services.writeoff.api.periods import period_router
from services.writeoff.api.receipts import receipt_router
from services.writeoff.api.requests import request_router
from services.writeoff.api.rules import rule_router
from services.writeoff.api.runs import run_router
from services.writeoff.api.settled import settled_router


def make_router(runtime: Runtime) -> APIRouter:
    """All routes of the service."""
    router = APIRouter(prefix="/v1/administrations/{administration}", tags=["write-offs"])
    reading = (
        entry_router,
        overview_router,
        receipt_router,
        request_router,
        batch_router,
        audit_router,
        beginning_router,
    )
    for part in (*reading, settled_router, period_router, manual_router, rule_router, run_router):
        router.include_router(part(runtime))
    return router
