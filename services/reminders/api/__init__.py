"""The REST API of reminders: routes lead to operations and say nothing themselves."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime
from services.reminders.api.audit import audit_router
from services.reminders.api.beginnings import beginning_router
from services.reminders.api.dry_runs import dry_run_router
from services.reminders.api.emails import email_router
from services.reminders.api.history import history_router
from services.reminders.api.lists import list_router
from services.reminders.api.previews import preview_router
from services.reminders.api.rates import rate_router
from services.reminders.api.runs import run_router
from services.reminders.operations.issue import Issuing


def make_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """All routes of the service; some of them share the press and the document store of its runs."""
    router = APIRouter(prefix="/v1")
    for plain in (list_router, run_router, email_router, beginning_router):
        router.include_router(plain(runtime))
    for printing in (dry_run_router, preview_router, history_router, audit_router):
        router.include_router(printing(runtime, issuing))
    router.include_router(rate_router(issuing))
    return router
