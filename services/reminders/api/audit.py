"""Whether the service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from chassis.http import AnyActor, in_administration
from chassis.projection.totals import add_totals_route
from chassis.service import Runtime
from services.reminders.api.views import Administration, Shown
from services.reminders.operations.audit import audit_facts
from services.reminders.operations.issue import Issuing


class ViolationView(Shown):
    """A stored fact that breaks what must always hold."""

    invariant: str
    party_id: str | None
    detail: str


class AuditView(Shown):
    """What was checked and found; at most a thousand violations of each invariant."""

    violations: tuple[ViolationView, ...]
    checked: dict[str, int] = Field(description="How many of each were looked at")


def add_audit_routes(router: APIRouter, runtime: Runtime, issuing: Issuing) -> None:
    """The audit of this service."""

    @router.get("/audit")
    async def audit(administration: Administration, actor: AnyActor) -> AuditView:
        """Recompute from the stored facts whether all holds that must hold here, and read every document."""
        in_administration(actor, administration)
        async with runtime.database.snapshot() as connection:
            found, checked = await audit_facts(connection, issuing.store, administration)
        return AuditView(
            violations=tuple(ViolationView(invariant=i, party_id=p, detail=d) for i, p, d in found), checked=checked
        )

    add_totals_route(router, runtime)
