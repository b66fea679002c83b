"""Exchange adjustment: what is open in other currencies, valued at the rates of a day and taken back the next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chassis.database import Connection
from chassis.errors import Refused
from chassis.jobs import Job, Step
from contracts.money import exponents
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.matching.domain.booking import check_booking, check_foreign_currency, find_journal
from services.matching.domain.criteria import Criteria
from services.matching.domain.findings import nothing_found, told
from services.matching.domain.forms import RevaluationForm
from services.matching.domain.ledger import PartyChunk
from services.matching.operations.run_steps import NewRun, last_step, next_step
from services.matching.store import reports
from services.matching.store import revaluations as store
from services.matching.store.revaluations import AdjustmentBookings
from services.matching.store.runs import add_findings

KIND = "revalue"
EVERY_PARTY = Criteria()


async def queue_revaluation(connection: Connection, run: NewRun, form: RevaluationForm) -> None:
    """Check what is asked, and queue the run; raises Refused for an unknown rate or a closed period of either day.

    Asked for is the rate of every currency in which something was open at the end of the day, and of no other.
    """
    configuration = await get_administration(connection, run.administration)
    bookings_of(form, run.employee, configuration)
    rated = {*form.rates, configuration.base_currency}
    for currency in await store.unrated_currencies(connection, run.administration, rated, form.booking.date):
        raise Refused(
            "unknown-rate",
            "Items were open in {currency} on {day}, and no rate is given for it.",
            currency=currency,
            day=form.booking.date,
            field=f"rates/{currency}",
            remedy="Give the rate of every currency that was open on the day.",
        )
    await run.queue(connection, KIND, form.model_dump(mode="json"))


def bookings_of(form: RevaluationForm, employee: str, configuration: AdministrationConfigured) -> AdjustmentBookings:
    """Where the adjustment is booked, and where the day after takes it back.

    Raises Refused where the journal allows no foreign currency: exchange differences are nothing else.
    """
    check_foreign_currency(find_journal(form.booking.journal, configuration))
    today = form.booking.wish(employee)
    tomorrow = replace(today, match_date=today.match_date + timedelta(days=1), fiscal_year=None, period=None)
    return AdjustmentBookings(check_booking(today, configuration), check_booking(tomorrow, configuration))


def worth_of(form: RevaluationForm, base_currency: str) -> dict[str, Decimal]:
    """What a minor unit of each currency is worth in minor units of the base currency."""
    decimals = exponents()
    return {
        currency: Decimal(rate).scaleb(decimals[base_currency] - decimals[currency])
        for currency, rate in form.rates.items()
        if currency != base_currency
    }


async def advance_revaluation(connection: Connection, job: Job) -> Step:
    """Value what is open of the next chunk of parties."""
    form = RevaluationForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    checked = bookings_of(form, job.employee, configuration)
    nothing: dict[str, Any] = {"after": "", "entries": 0} | nothing_found("left-alone")
    cursor = nothing | (job.cursor or {})
    parties = await reports.next_parties(connection, job.administration, cursor["after"])
    if not parties:
        return await last_step(connection, job, EVERY_PARTY, cursor)
    chunk = PartyChunk(job.administration, parties)
    bookings = AdjustmentBookings(
        replace(checked.adjustment, run_id=job.job_id), replace(checked.taken_back, run_id=job.job_id)
    )
    entries = await store.revalue(connection, chunk, worth_of(form, configuration.base_currency), bookings)
    findings = await store.unvalued_accounts(connection, chunk, form.booking.date, configuration.base_currency)
    await add_findings(connection, job.administration, job.job_id, findings)
    after = told(cursor, findings) | {"after": parties[-1], "entries": cursor["entries"] + entries}
    return await next_step(connection, job, EVERY_PARTY, after)
