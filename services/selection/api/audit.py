"""Whether this service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http import Administration
from chassis.service import Runtime
from read_model.audits import Audit
from read_model.standings import add_standing_routes
from read_model.today import add_today_route
from read_model.totals import add_totals_route
from services.selection.store.audit import audit_selections


def audit_router(runtime: Runtime) -> APIRouter:
    """Routes that recompute from the stored facts what must hold."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["audit"])

    @router.get("/audit")
    async def audit(administration: Administration) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here."""
        async with runtime.database.snapshot() as connection:
            return await audit_selections(connection, administration)

    add_totals_route(router, runtime)
    add_today_route(router, runtime)
    add_standing_routes(router, runtime)
    return router
