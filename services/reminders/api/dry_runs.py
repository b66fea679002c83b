"""Route of a dry run: what issuing a run now would send and drop."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from chassis.http import Administration, AnyActor, Cursor, Keyset, Page, Told, View
from chassis.service import Runtime
from read_model.unmatched_credits import UnmatchedCredit
from services.reminders.domain.drafts import Draft, charge_totals, totals_of
from services.reminders.operations.dry_run import Foreseen, foresee
from services.reminders.operations.issue import CHUNK_PARTIES, Issuing
from services.reminders.store import issuing as store
from services.reminders.store import runs
from services.reminders.store.issuing import MemberOutcome


class ForeseenReminder(View):
    """A reminder that would be sent; totals and charges in minor units per currency."""

    level: int
    channel: str
    language: str
    pay_by: date
    items: int
    totals: dict[str, int]
    charges: dict[str, int]

    @classmethod
    def of(cls, draft: Draft) -> ForeseenReminder:
        """Show a draft with its sums, without its items."""
        return cls(
            level=draft.level,
            channel=draft.channel,
            language=draft.debtor.language,
            pay_by=draft.pay_by,
            items=len(draft.members),
            totals=totals_of(draft),
            charges=dict(charge_totals(draft.costs.charges)),
        )


class ForeseenDrop(View):
    """An item that would be dropped, and why."""

    item_id: str
    code: str
    message: Told | None

    @classmethod
    def of(cls, outcome: MemberOutcome) -> ForeseenDrop:
        """Show an outcome of a member with its reason."""
        return cls(item_id=outcome.item_id, code=outcome.code, message=outcome.message)


class ForeseenDebtor(View):
    """What issuing would do about a debtor."""

    party_id: str
    reminders: tuple[ForeseenReminder, ...]
    dropped: tuple[ForeseenDrop, ...]
    unmatched_credits: tuple[UnmatchedCredit, ...] = Field(description="What lies unmatched of the debtor: match first")

    @classmethod
    def of(cls, foreseen: Foreseen) -> ForeseenDebtor:
        """Show what is foreseen of one debtor."""
        return cls(
            party_id=foreseen.party_id,
            reminders=tuple(map(ForeseenReminder.of, foreseen.reminders)),
            dropped=tuple(map(ForeseenDrop.of, foreseen.dropped)),
            unmatched_credits=foreseen.unmatched,
        )


_DEBTORS = Keyset("dry-run", str)
Debtors = Annotated[int, Query(ge=1, le=CHUNK_PARTIES, description="Debtors in a page")]


def dry_run_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """Routes that foresee what issuing would do."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.get("/runs/{run_id}/dry-run")
    async def dry_run(
        administration: Administration,
        run_id: UUID,
        actor: AnyActor,
        limit: Debtors = CHUNK_PARTIES,
        cursor: Cursor = None,
    ) -> Page[ForeseenDebtor]:
        """What issuing the run now would send to each debtor, and which items it would drop; nothing is changed."""
        after = _DEBTORS.decode(cursor) or ""
        async with runtime.database.snapshot() as connection:
            run = await runs.get_run(connection, administration, run_id)
            parties = await store.next_parties(connection, run, after, limit + 1)
            found = await foresee(connection, issuing, run, actor.employee, parties[:limit])
        more = _DEBTORS.encode(parties[limit - 1]) if len(parties) > limit else None
        return Page(items=tuple(map(ForeseenDebtor.of, found)), next=more)

    return router
