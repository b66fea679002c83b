"""The service's REST API: routes lead to operations and say nothing themselves."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.reminders.api.audit import add_audit_routes
from services.reminders.api.dry_runs import add_dry_run_routes
from services.reminders.api.emails import add_email_routes
from services.reminders.api.history import add_history_routes
from services.reminders.api.lists import add_list_routes
from services.reminders.api.previews import add_preview_routes
from services.reminders.api.rates import add_rate_routes
from services.reminders.api.runs import add_run_routes
from services.reminders.operations.issue import Issuing


def make_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """All routes of this service."""
    router = APIRouter(prefix="/v1/administrations/{administration}", tags=["reminders"])
    add_list_routes(router, runtime)
    add_run_routes(router, runtime)
    add_dry_run_routes(router, runtime, issuing)
    add_preview_routes(router, runtime, issuing)
    add_email_routes(router, runtime)
    add_history_routes(router, runtime, issuing)
    add_rate_routes(router, issuing)
    add_audit_routes(router, runtime, issuing)
    return router
