"""The service's REST API: routes lead to operations and say nothing themselves."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.selection.api.audit import add_audit_routes
from services.selection.api.blacklist import add_blacklist_routes
from services.selection.api.criteria import add_criteria_routes
from services.selection.api.explanations import add_explanation_routes
from services.selection.api.exports import add_export_routes
from services.selection.api.layouts import add_layout_routes
from services.selection.api.members import add_member_routes
from services.selection.api.reports import add_report_routes
from services.selection.api.sets import add_set_routes
from services.selection.api.writeoffs import add_writeoff_routes


def make_router(runtime: Runtime) -> APIRouter:
    """All routes of this service."""
    router = APIRouter(prefix="/v1/administrations/{administration}", tags=["selection"])
    for add_routes in (
        add_blacklist_routes,
        add_criteria_routes,
        add_set_routes,
        add_member_routes,
        add_export_routes,
        add_layout_routes,
        add_report_routes,
        add_explanation_routes,
        add_writeoff_routes,
        add_audit_routes,
    ):
        add_routes(router, runtime)
    return router
