"""The service's REST API: routes lead to operations, and read through the store."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.selection.api.audit import audit_router
from services.selection.api.beginnings import beginning_router
from services.selection.api.blacklist import blacklist_router
from services.selection.api.criteria import criteria_router
from services.selection.api.explanations import explanation_router
from services.selection.api.exports import export_router
from services.selection.api.layouts import layout_router
from services.selection.api.members import member_router
from services.selection.api.reports import report_router
from services.selection.api.sets import set_router
from services.selection.api.write_offs import write_off_router


def make_router(runtime: Runtime) -> APIRouter:
    """All routes of the service."""
    router = APIRouter()
    reading = (report_router, explanation_router, audit_router, beginning_router)
    keeping = (criteria_router, layout_router, blacklist_router)
    for part in (*keeping, set_router, member_router, export_router, write_off_router, *reading):
        router.include_router(part(runtime), prefix="/v1")
    return router
