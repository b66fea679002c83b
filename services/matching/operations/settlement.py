"""Mass settlement: oldest first over any number of parties, a chunk of them per transaction."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.jobs import Job, NewJob, Step, add_job
from chassis.projection.parties import get_administration
from contracts.event import Code, EventDate, Note
from services.matching.domain.booking import BookingWish, check_booking
from services.matching.domain.criteria import Criteria
from services.matching.store import runs as store

KIND = "settle-oldest-first"
MAX_REPORTED = 1_000
"""Parties that a run's result names one by one."""


class BookingForm(BaseModel):
    """Where the clearing entries of a run are booked; year and period follow from the date unless they are given."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    date: EventDate
    journal: Code = Field(description="A memorial journal")
    fiscal_year: int | None = None
    period: int | None = None
    note: Note = ""


class SettlementForm(BaseModel):
    """What oldest first is asked to do."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    criteria: Criteria = Criteria()
    booking: BookingForm
    settlement_information: bool = Field(default=True, description="Keep which credit settled which charge")
    only_zero_balance: bool = Field(default=False, description="Only accounts whose balance is zero already")
    up_to_zero_balance: bool = Field(default=False, description="Only what was posted up to the zero-balance date")
    undo_first: bool = Field(default=False, description="Undo the parties' earlier settlements before")


def wish_of(form: BookingForm, employee: str, *, settlement_information: bool = True) -> BookingWish:
    """The booking that a form asks for."""
    return BookingWish(
        match_date=form.date,
        journal=form.journal,
        employee=employee,
        fiscal_year=form.fiscal_year,
        period=form.period,
        note=form.note,
        settlement_information=settlement_information,
    )


async def queue_settlement(
    connection: Connection, administration: str, run_id: UUID, form: SettlementForm, employee: str
) -> None:
    """Check what a run asks, and queue it; raises Refused naming the field."""
    configuration = await get_administration(connection, administration)
    check_booking(wish_of(form.booking, employee), configuration)
    await add_job(
        connection,
        NewJob(
            job_id=run_id,
            kind=KIND,
            administration=administration,
            employee=employee,
            parameters=form.model_dump(mode="json"),
        ),
    )


async def advance_settlement(connection: Connection, job: Job) -> Step:
    """Settle the next chunk of parties of a run."""
    form = SettlementForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    wish = wish_of(form.booking, job.employee, settlement_information=form.settlement_information)
    booking = replace(check_booking(wish, configuration), run_id=job.job_id)
    cursor = job.cursor or {"after": "", "totals": {}, "left_alone": []}
    parties = await store.next_parties(connection, job.administration, form.criteria, cursor["after"])
    if not parties:
        return Step(None, job.done, job.done, {"totals": cursor["totals"], "left_alone": cursor["left_alone"]})
    await store.lock_accounts(connection, job.administration, parties)
    if form.undo_first:
        await store.reverse_matches(connection, job.administration, parties, booking)
    options, crossed = await _options(connection, job.administration, parties, form)
    settled = await store.settle_oldest_first(
        connection, job.administration, parties, (form.criteria, options), booking
    )
    totals = _added(cursor["totals"], settled)
    left_alone = (cursor["left_alone"] + crossed)[:MAX_REPORTED]
    return Step({"after": parties[-1], "totals": totals, "left_alone": left_alone}, job.done + len(parties))


async def _options(
    connection: Connection, administration: str, parties: list[str], form: SettlementForm
) -> tuple[store.SettlingOptions, list[dict[str, Any]]]:
    if not form.up_to_zero_balance:
        return store.SettlingOptions(only_zero_balance=form.only_zero_balance), []
    days: dict[tuple[str, str], date] = {}
    crossed = []
    for row in await store.zero_balance_days(connection, administration, parties):
        if row["crossing_match"]:
            crossed.append(
                {
                    "party_id": row["party_id"],
                    "currency": row["currency"],
                    "code": "settled-across-zero-balance-date",
                    "zero_balance_date": row["day"],
                    "match_id": row["crossing_match"],
                }
            )
        elif row["day"]:
            days[row["party_id"], row["currency"]] = row["day"]
    return store.SettlingOptions(only_zero_balance=form.only_zero_balance, last_days=days), crossed


def _added(totals: dict[str, Any], settled: list[store.Settled]) -> dict[str, Any]:
    summed = {currency: dict(total) for currency, total in totals.items()}
    for chunk in settled:
        total = summed.setdefault(chunk.currency, {"parties": 0, "matches": 0, "items": 0, "amount": 0})
        for name in total:
            total[name] += asdict(chunk)[name]
    return summed
