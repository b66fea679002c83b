"""Whether the books are right."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http import Administration
from chassis.service import Runtime
from read_model.audits import Audit
from read_model.today import add_today_route
from read_model.totals import add_totals_route
from services.matching.operations.audit import audit
from services.matching.store import QUERIES


def audit_router(runtime: Runtime) -> APIRouter:
    """Routes that recompute from the stored facts what must hold."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["audit"])

    @router.get("/audit")
    async def recompute(administration: Administration) -> Audit:
        """Recompute open amounts and the balance of every match from the stored facts, and name what does not hold."""
        async with runtime.database.snapshot() as connection:
            return await audit(connection, administration)

    add_totals_route(router, runtime, QUERIES)
    add_today_route(router, runtime)
    return router
