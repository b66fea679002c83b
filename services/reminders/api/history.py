"""Routes of what was sent: reminders, documents, debtors, reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field, Json
from starlette.responses import Response

from chassis.http import DEFAULT_LIMIT, Administration, Cursor, Keyset, Limit, Page, View
from chassis.service import Runtime
from services.reminders.api.views import ItemId, PartyId
from services.reminders.domain.members import Named
from services.reminders.domain.references import letter_name, reminder_number
from services.reminders.operations.issue import Issuing
from services.reminders.store import history
from services.reminders.store.history import AGE_BOUNDS, EffectPeriod, Newest, RunReminderKey

EFFECT_DAYS = 14


class ReminderView(View):
    """A reminder that was issued; totals and charges in minor units per currency."""

    party_id: str
    reminder_id: UUID
    number: str = Field(description="As it stands on the letter")
    run_id: UUID
    level: int
    generation_date: date
    pay_by: date
    profile: str
    channel: str
    language: str
    email: str | None
    reference: str
    totals: Json[dict[str, int]]
    charges: Json[dict[str, int]]
    document_id: str
    document_name: str = Field(description="What to call the letter as a file: whose it is, its number, its day")
    employee: str
    issued_at: datetime
    items: Json[list[dict[str, Any]]] | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> ReminderView:
        """Show a row of reminders with the number that stands on the letter, and what to call that as a file."""
        name = letter_name(row["party_id"], row["reminder_id"], row["generation_date"])
        return cls.model_validate({**dict(row), "number": reminder_number(row["reminder_id"]), "document_name": name})


class DebtorView(View):
    """What reminders know of a debtor."""

    party_id: str
    name: str
    language: str
    channel: str
    email: str | None
    last_reminded_on: date | None
    level: int


class LevelRow(View):
    """What is open of the items of one level."""

    level: int
    currency: str
    items: int
    parties: int
    open_amount: int
    first_reminded_on: date | None
    last_reminded_on: date | None


class AgeRow(View):
    """What is open and due for so many days; both null: not due."""

    days_from: int | None
    days_to: int | None
    currency: str
    items: int
    parties: int
    open_amount: int


class EffectRow(View):
    """What the reminders of one level brought in."""

    level: int
    currency: str
    reminders: int
    items: int
    open_amount: int
    items_paid: int
    paid: int


_REMINDERS = Keyset("reminders", Newest)
_RUN_REMINDERS = Keyset("run-reminders", RunReminderKey)


def history_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """Routes that look back: reminders that were issued, their documents, and reports on what they brought in."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])
    _add_reminders(router, runtime)
    _add_documents(router, runtime, issuing)
    _add_reports(router, runtime)
    return router


def _add_reminders(router: APIRouter, runtime: Runtime) -> None:
    async def page(administration: str, named: Named, limit: int, cursor: str | None) -> Page[ReminderView]:
        before = _REMINDERS.decode(cursor)
        async with runtime.database.snapshot() as connection:
            rows = await history.list_reminders(connection, administration, named, before, limit + 1)
        return _REMINDERS.page(
            rows,
            limit,
            key=lambda row: Newest(row["issued_at"], row["reminder_id"]),
            show=ReminderView.of,
        )

    @router.get("/parties/{party_id}")
    async def debtor(administration: Administration, party_id: PartyId) -> DebtorView:
        """When the debtor was reminded last, and the highest level that they reached."""
        async with runtime.database.snapshot() as connection:
            row = await history.get_debtor_state(connection, administration, party_id)
        return DebtorView.model_validate(dict(row))

    @router.get("/parties/{party_id}/reminders")
    async def of_party(
        administration: Administration,
        party_id: PartyId,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ReminderView]:
        """The debtor's reminders, newest first."""
        return await page(administration, Named(party_id), limit, cursor)

    @router.get("/parties/{party_id}/items/{item_id}/reminders")
    async def of_item(
        administration: Administration, party_id: PartyId, item_id: ItemId, cursor: Cursor = None
    ) -> Page[ReminderView]:
        """The reminders that name an item, newest first."""
        return await page(administration, Named(party_id, item_id), DEFAULT_LIMIT, cursor)

    @router.get("/runs/{run_id}/reminders")
    async def of_run(
        administration: Administration,
        run_id: UUID,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ReminderView]:
        """The reminders of a run, by debtor and level."""
        after = _RUN_REMINDERS.decode(cursor) or RunReminderKey("", 0)
        async with runtime.database.snapshot() as connection:
            rows = await history.list_run_reminders(connection, administration, run_id, after, limit + 1)
        return _RUN_REMINDERS.page(
            rows,
            limit,
            key=lambda row: RunReminderKey(row["party_id"], row["level"]),
            show=ReminderView.of,
        )


def _add_documents(router: APIRouter, runtime: Runtime, issuing: Issuing) -> None:
    @router.get("/documents/{document_id}", response_class=Response)
    async def document(administration: Administration, document_id: ItemId) -> Response:
        """A document's bytes, exactly as they were sent."""
        async with runtime.database.snapshot() as connection:
            row = await history.get_document(connection, administration, document_id)
        content = await issuing.store.get(row["sha256"])
        headers = {"content-disposition": f'inline; filename="{row["name"]}"', "etag": f'"{row["sha256"]}"'}
        return Response(content, media_type=row["media_type"], headers=headers)


def _add_reports(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/reports/levels")
    async def levels(administration: Administration) -> list[LevelRow]:
        """What is open of debtors by the level that it reached; 0: never reminded."""
        async with runtime.database.snapshot() as connection:
            rows = await history.report_levels(connection, administration)
        return [LevelRow.model_validate(dict(row)) for row in rows]

    @router.get("/reports/ages")
    async def ages(administration: Administration, on: date) -> list[AgeRow]:
        """What is open of debtors by the days since it was due."""
        async with runtime.database.snapshot() as connection:
            rows = await history.report_ages(connection, administration, on)
        return [AgeRow.model_validate({**dict(row), **_class_of(row["days_from"])}) for row in rows]

    @router.get("/reports/effect")
    async def effect(
        administration: Administration,
        since: date,
        until: date,
        days: Annotated[int, Query(ge=0, le=365)] = EFFECT_DAYS,
    ) -> list[EffectRow]:
        """What was paid (not written off) of the reminders of a period within some days, by level."""
        async with runtime.database.snapshot() as connection:
            rows = await history.report_effect(connection, administration, EffectPeriod(since, until, days))
        return [EffectRow.model_validate(dict(row)) for row in rows]


def _class_of(days_from: int) -> dict[str, int | None]:
    if days_from < 0:
        return {"days_from": None, "days_to": None}
    upper = next((bound - 1 for bound in AGE_BOUNDS if bound > days_from), None)
    return {"days_from": days_from, "days_to": upper}
