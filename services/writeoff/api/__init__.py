"""The service's REST API: routes lead to operations and say nothing themselves."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.writeoff.api.audit import add_audit_routes
from services.writeoff.api.batches import add_batch_routes
from services.writeoff.api.entries import add_entry_routes
from services.writeoff.api.manual import add_manual_routes
from services.writeoff.api.overviews import add_overview_routes
from services.writeoff.api.periods import add_period_routes
from services.writeoff.api.requests import add_request_routes
from services.writeoff.api.rules import add_rule_routes
from services.writeoff.api.runs import add_run_routes


def make_router(runtime: Runtime) -> APIRouter:
    """All routes of this service."""
    router = APIRouter(prefix="/v1/administrations/{administration}", tags=["write-offs"])
    for add_routes in (
        add_entry_routes,
        add_overview_routes,
        add_period_routes,
        add_manual_routes,
        add_request_routes,
        add_batch_routes,
        add_rule_routes,
        add_run_routes,
        add_audit_routes,
    ):
        add_routes(router, runtime)
    return router
