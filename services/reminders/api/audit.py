"""Whether the service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http import Administration
from chassis.service import Runtime
from read_model.audits import Audit
from read_model.standings import add_standing_routes
from read_model.today import add_today_route
from read_model.totals import add_totals_route
from services.reminders.operations.audit import audit_facts
from services.reminders.operations.issue import Issuing


def audit_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """Route of the audit, and of the totals that all services are compared by."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.get("/audit")
    async def audit(administration: Administration) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here, and read every document."""
        async with runtime.database.snapshot() as connection:
            return await audit_facts(connection, issuing.store, administration)

    add_totals_route(router, runtime)
    add_today_route(router, runtime)
    add_standing_routes(router, runtime)
    return router
