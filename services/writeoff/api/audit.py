"""Whether this service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http import Administration
from chassis.service import Runtime
from read_model.audits import Audit
from read_model.standings import add_standing_routes
from read_model.today import add_today_route
from read_model.totals import add_totals_route
from services.writeoff.store import audit as store


def audit_router(runtime: Runtime) -> APIRouter:
    """The audit of this service."""
    router = APIRouter()

    @router.get("/audit")
    async def audit(administration: Administration) -> Audit:
        """Recompute from the stored facts whether all holds that must hold here."""
        async with runtime.database.snapshot() as connection:
            return await store.audit(connection, administration)

    add_totals_route(router, runtime)
    add_today_route(router, runtime)
    add_standing_routes(router, runtime)
    return router
