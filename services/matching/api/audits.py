"""Whether the books are right."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.http import DEFAULT_LIMIT, Administration, Keyset, Page, View, shown_as
from chassis.service import Runtime
from contracts.event import Code, EventDate
from read_model.audits import Audit
from read_model.today import add_today_route
from read_model.totals import add_totals_route
from services.matching.operations.audit import audit
from services.matching.store import QUERIES
from services.matching.store.journals import FIRST_JOURNAL_DAY, JournalDay, JournalDays, sum_journal_days


class JournalDayPage(BaseModel):
    """Which journals and days are asked for, and which part of them."""

    journal: Annotated[list[Code], Field(min_length=1, max_length=500)]
    date_from: EventDate = date(1900, 1, 1)
    date_to: EventDate = date(2999, 12, 31)
    limit: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class JournalMovement(View):
    """What the items on a journal add up to on a day, in minor units, above zero where the journal gained."""

    journal: str
    day: date
    currency: str
    bookings: int
    movement: int


_DAYS = Keyset("journal-days", JournalDay)


def audit_router(runtime: Runtime) -> APIRouter:
    """Routes that recompute from the stored facts what must hold."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["audit"])

    @router.get("/audit")
    async def recompute(administration: Administration) -> Audit:
        """Recompute open amounts and the balance of every match from the stored facts, and name what does not hold."""
        async with runtime.database.snapshot() as connection:
            return await audit(connection, administration)

    @router.get("/audit/journals")
    async def journals(
        administration: Administration, wanted: Annotated[JournalDayPage, Query()]
    ) -> Page[JournalMovement]:
        """What the ledger's items on journals add up to, day by day, for comparison with the receipts."""
        which = JournalDays(administration, wanted.journal, wanted.date_from, wanted.date_to)
        after = _DAYS.decode(wanted.cursor) or FIRST_JOURNAL_DAY
        async with runtime.database.snapshot() as connection:
            rows = await sum_journal_days(connection, which, after, wanted.limit + 1)
        return _DAYS.page(
            rows,
            wanted.limit,
            key=lambda row: JournalDay(row["journal"], row["day"], row["currency"]),
            show=shown_as(JournalMovement),
        )

    add_totals_route(router, runtime, QUERIES)
    add_today_route(router, runtime)
    return router
