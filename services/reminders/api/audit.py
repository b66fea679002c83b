"""Whether the service's own facts hold, and its open totals for comparison with the other services."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter
from pydantic import Field

from chassis.http import DEFAULT_LIMIT, AnyActor, Cursor, Keyset, Limit, Page, in_administration
from chassis.queries import load_queries
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


class OpenTotal(Shown):
    """What is open of a party in one currency, in minor units, by this service's read model."""

    party_id: str
    currency: str
    open_amount: int
    items: int


class TotalKey(NamedTuple):
    """The order of open totals."""

    party_id: str
    currency: str


_TOTALS = Keyset("audit-totals", TotalKey)


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

    @router.get("/audit/totals")
    async def totals(
        administration: Administration, actor: AnyActor, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[OpenTotal]:
        """Open totals per party and currency, where something is open."""
        in_administration(actor, administration)
        after = _TOTALS.decode(cursor) or TotalKey("", "")
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(
                load_queries("chassis.projection").open_totals, administration, *after, limit + 1
            )
        return _TOTALS.page(
            rows,
            limit,
            key=lambda row: TotalKey(row["party_id"], row["currency"]),
            show=lambda row: OpenTotal.model_validate(dict(row)),
        )
