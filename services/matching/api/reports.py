"""Reports: what was open on any day, how old it is, what was booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from chassis.http import Administration
from chassis.service import Runtime
from services.matching.api.report_files import Parties, Wanted, report_file, report_table
from services.matching.domain.ageing import AgeBasis, AgeScale, check_buckets
from services.matching.domain.criteria import JournalCriteria
from services.matching.operations import reports


@dataclass(frozen=True, slots=True)
class Scale:
    """How age is counted: from which date, and on which days the buckets begin."""

    basis: AgeBasis = "due-date"
    buckets: Annotated[str, Query(pattern=r"^-?\d{1,4}(,-?\d{1,4}){0,19}$")] = "1,31,61,91"

    def checked(self) -> AgeScale:
        """The scale; raises Refused unless each bucket begins later than the one before."""
        return AgeScale(self.basis, check_buckets([int(text) for text in self.buckets.split(",")]))


OPEN_ITEMS = report_table(
    "party_id", "item_id", "kind", "journal", "voucher", "item_date", "due_date", "currency", "amount", "open_amount",
)  # fmt: skip
AGEING = report_table("party_id", "currency", "bucket", "items", "open_amount")
CLEARING_JOURNAL = report_table(
    "party_id", "sequence", "match_id", "match_date", "journal", "fiscal_year", "period", "method", "currency",
    "lines", "charges_settled", "credits_settled", "contra_kind", "contra_amount", "contra_journal",
    "contra_gl_account", "exchange_difference", "exchange_gl_account", "reversal_of", "reason", "employee",
    "recorded_at", "run_id", "request_id",
)  # fmt: skip


def report_router(runtime: Runtime) -> APIRouter:
    """Routes that stream the ledger's reports as files."""
    router = APIRouter(prefix="/administrations/{administration}/reports", tags=["reports"])

    @router.get("/open-items")
    async def open_items(
        administration: Administration,
        as_of: date,
        parties: Annotated[Parties, Depends()],
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """What was open of each party at the end of a day, recomputed from postings and matches."""
        within = parties.within()
        return await report_file(
            runtime,
            lambda connection: reports.open_items(connection, administration, within, as_of),
            OPEN_ITEMS,
            wanted,
            f"open-items-{as_of}",
        )

    _add_ageing(router, runtime)
    _add_journal(router, runtime)
    return router


def _add_ageing(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/ageing/{as_of}")
    async def ageing(
        administration: Administration,
        as_of: date,
        scale: Annotated[Scale, Depends()],
        parties: Annotated[Parties, Depends()],
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """What was open at the end of a day by age, per party and currency; buckets begin on the given days."""
        within, checked = parties.within(), scale.checked()
        return await report_file(
            runtime,
            lambda connection: reports.ageing(connection, administration, within, as_of, checked),
            AGEING,
            wanted,
            f"ageing-{as_of}",
        )


def _add_journal(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/clearing-journal")
    async def journal(
        administration: Administration,
        criteria: Annotated[JournalCriteria, Depends()],
        wanted: Wanted = "ndjson",
    ) -> StreamingResponse:
        """The clearing entries of a fiscal year, of one period or journal if named."""
        return await report_file(
            runtime,
            lambda connection: reports.clearing_journal(connection, administration, criteria),
            CLEARING_JOURNAL,
            wanted,
            f"clearing-journal-{criteria.fiscal_year}",
        )
