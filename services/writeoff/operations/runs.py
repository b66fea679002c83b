"""Runs over many parties, as jobs: each chunk asks for some items more, and any of it may be repeated."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from chassis.database import Connection, is_passing
from chassis.errors import Conflict
from chassis.fingerprints import names
from chassis.ids import derived_id
from chassis.jobs import Job, NewJob, Step, add_job
from chassis.outbox import publish
from chassis.sentences import Amount, Count, Sentence, joined
from chassis.service import Runtime
from contracts.library import SubscriptionCancelled
from contracts.money import to_decimal
from read_model.today import day_at, today_by, zone_in
from read_model.unmatched_credits import UnmatchedCredits, read_summary, refuse_unmatched
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import cause_key_of
from services.writeoff.domain.requests import CauseKey, Item, PartyItems, PartyKey, Request
from services.writeoff.domain.rules import AUTOMATIC
from services.writeoff.domain.run_totals import RunTotals, total_of
from services.writeoff.domain.runs import (
    WriteOffRun,
    check_run,
    due_month_ends,
    propose_in_run,
    run_request_id,
    terms_of,
)
from services.writeoff.operations.books import current_books
from services.writeoff.operations.causes import Planned, carry_out
from services.writeoff.operations.requests import Known
from services.writeoff.store import runs as store
from services.writeoff.store.books import looking_up_keys, share_books
from services.writeoff.store.items import item_of
from services.writeoff.store.rules import add_causes
from services.writeoff.store.runs import DueItemPlace

CHUNK_ITEMS = 500
JOBS_OF_RUNS = UUID("0e6f8dd5-7a0c-5f0e-8a52-6c3de22d4a77")
"""Namespace of the ids of runs: the same month's end is scheduled once."""
SCHEDULE_SECONDS = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What a run would come to, by the decisions that it would make, and the fingerprint with which it is confirmed."""

    fingerprint: str
    totals: RunTotals
    unmatched: UnmatchedCredits


async def summarise(connection: Connection, run: WriteOffRun) -> RunPreview:
    """What the run would come to now; Refused when it could not be booked, or credits have to be matched first."""
    books = await current_books(connection, run.administration)
    check_run(run, books, today_by(books.configuration))
    found = await store.alike_due_items(connection, run, books.months_until_cancelled())
    totals = total_of(run, found, books)
    unmatched = read_summary(await store.unmatched_of_due_items(connection, run, books.months_until_cancelled()))
    refuse_unmatched(unmatched, books.configuration)
    facts = json.dumps([asdict(replace(run, note="")), _facts(totals), terms_of(run, books)], default=str)
    return RunPreview(blake2b(facts.encode(), digest_size=8).hexdigest(), totals, unmatched)


def _facts(totals: RunTotals) -> list[list[tuple[str, ...]]]:
    """All that a person confirms, in an order of its own: what is asked, on what, what is left out, and which items."""
    return [
        sorted((*map(str, key), str(total.items), str(total.amount)) for key, total in totals.by_journal.items()),
        sorted((*map(str, key), str(total.items), str(total.amount)) for key, total in totals.left_out.items()),
        sorted((code, str(digest)) for code, digest in totals.digests.items()),
    ]


def _told(totals: Mapping[str, int]) -> Sentence:
    """Totals by currency, as people write them."""
    amounts = [Amount(to_decimal(amount, currency), currency) for currency, amount in totals.items()]
    return joined(amounts, ", ") if amounts else Sentence("nothing")


async def queue_run(connection: Connection, run: WriteOffRun, employee: str, fingerprint: str) -> UUID:
    """Queue a confirmed run, again when it failed; Conflict when what it would come to is not what was shown.

    Confirmed again it is the same run, whatever it has changed since.
    """
    failed = await store.count_failed_runs(connection, run)
    if await store.is_queued(connection, known := _job_id(run, fingerprint, failed)):
        return known
    summary = await summarise(connection, run)
    if not names(fingerprint, summary.fingerprint):
        raise Conflict(
            "changed-since-preview",
            "The run takes {items} items now, of {totals}.",
            items=Count(summary.totals.items),
            summary=summary,
            totals=_told(summary.totals.totals),
            field="fingerprint",
            remedy="Look at the preview again; its fingerprint is {summary.fingerprint} now.",
        )
    job_id = _job_id(run, summary.fingerprint, failed)
    await _queue(connection, run, job_id, employee)
    return job_id


def _job_id(run: WriteOffRun, fingerprint: str, failed: int) -> UUID:
    """The same content is the same run; after so many that failed it is another one."""
    return derived_id(JOBS_OF_RUNS, f"{run.administration}:{fingerprint}" + (f":{failed}" if failed else ""))


async def _queue(connection: Connection, run: WriteOffRun, job_id: UUID, employee: str) -> None:
    await add_job(
        connection,
        NewJob(
            job_id=job_id,
            kind=run.kind,
            administration=run.administration,
            employee=employee,
            parameters=asdict(run),
        ),
    )


async def advance_run(connection: Connection, job: Job) -> Step:
    """Ask for the next chunk of a run's items."""
    run = _run_of(job.parameters)
    await share_books(connection, [run.administration])
    books = await current_books(connection, run.administration)
    check_run(run, books, today_by(books.configuration))
    cursor: dict[str, Any] = {"party_id": "", "item_id": "", "outcomes": {}, "totals": {}} | (job.cursor or {})
    after = DueItemPlace(cursor["party_id"], cursor["item_id"])
    rows = await store.list_due_items(connection, run, books.months_until_cancelled(), after, CHUNK_ITEMS)
    async with looking_up_keys(connection):
        asked = await _ask(connection, run, books, rows, job.employee)
    told = {
        "outcomes": dict(Counter(cursor["outcomes"]) + asked.outcomes),
        "totals": dict(Counter(cursor["totals"]) + asked.totals),
    }
    done = job.done + len(rows)
    if len(rows) < CHUNK_ITEMS:
        return Step(None, done, done, {"date": str(run.date), "items": done, **told})
    last = rows[-1]
    return Step({"party_id": last["party_id"], "item_id": last["item_id"], **told}, done)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a chunk came to: items by outcome, and what is asked for by currency, in minor units."""

    outcomes: Counter[str]
    totals: Counter[str]


async def _ask(
    connection: Connection, run: WriteOffRun, books: Books, rows: Sequence[asyncpg.Record], employee: str
) -> _Asked:
    # Each item is decided as in the preview, and asked for under an id that is its own in this run.
    items: dict[PartyKey, dict[str, Item]] = {}
    planned: list[Planned] = []
    for row in rows:
        party, item = (row["administration"], row["party_id"]), item_of(row)
        items.setdefault(party, {})[item.item_id] = item
        proposal = propose_in_run(run, item, books, is_asked=row["is_asked"], is_taken=row["is_taken"])
        request = Request(
            administration=run.administration,
            party_id=row["party_id"],
            request_id=run_request_id(run, row["party_id"], item.item_id),
            origin="rule",
            rule=proposal.rule,
            cause_topic=run.kind,
            cause_key=str(run.date),
            date=run.date,
            employee=employee,
            note=run.note,
            lines=proposal.lines,
        )
        cause = (run.kind, str(run.date))
        planned.append(Planned(party, cause, proposal, request if proposal.lines else None))
    outcomes = await carry_out(connection, planned, Known({run.administration: books}, items))
    if run.kind == "month-end":
        await _cancel_subscriptions(connection, run, planned, items, employee)
    totals: Counter[str] = Counter()
    for line in (line for plan in planned for line in plan.proposal.lines):
        totals[line.currency] += line.amount
    return _Asked(outcomes, totals)


async def _cancel_subscriptions(
    connection: Connection,
    run: WriteOffRun,
    planned: Sequence[Planned],
    items: PartyItems,
    employee: str,
) -> None:
    """Tell the library systems which subscriptions end; what they echo is known then and causes nothing more."""
    cancelled: dict[CauseKey, SubscriptionCancelled] = {}
    for plan in planned:
        item = items[plan.party][plan.proposal.item_id]
        if plan.request is None or not (item.subscription_id and item.period_start and item.period_end):
            continue
        event = SubscriptionCancelled(
            administration=run.administration,
            party_id=plan.party[1],
            subscription_id=item.subscription_id,
            cancelled_on=run.date,
            period_start=item.period_start,
            period_end=item.period_end,
            employee=employee,
        )
        cancelled.setdefault((*plan.party, event.topic, cause_key_of(event)), event)
    rows = [
        (*key, "month-end", run.date, event.model_dump_json(exclude_none=True), f"month-end:{run.date}")
        for key, event in cancelled.items()
    ]
    await publish(connection, *(cancelled[key] for key in await add_causes(connection, rows)))


def _run_of(parameters: Mapping[str, Any]) -> WriteOffRun:
    before, journals = parameters["posted_before"], parameters["journals"]
    return WriteOffRun(
        administration=parameters["administration"],
        kind=parameters["kind"],
        date=date.fromisoformat(parameters["date"]),
        posted_before=None if before is None else date.fromisoformat(before),
        journals=None if journals is None else tuple(journals),
        note=parameters["note"],
    )


async def schedule_month_ends(runtime: Runtime) -> None:
    """Queue the run of every month's end that is over, until cancelled; what a downtime left out is caught up."""
    while True:
        try:
            now = await runtime.database.now()
            async with runtime.database.transaction() as connection:
                if await queue_month_ends(connection, now):
                    runtime.jobs.added.set()
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("month's ends are scheduled later", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(SCHEDULE_SECONDS)


async def queue_month_ends(connection: Connection, now: datetime) -> list[tuple[str, date]]:
    """Queue what is due by now in every administration that switched the run on, each by its own day; gives what was.

    Where the rule is seen for the first time, nothing that is over is run by itself.
    """
    queued: list[tuple[str, date]] = []
    async for name in store.each_administration_with(connection, "month-end-cancellation"):
        today = day_at(now, await zone_in(connection, name))
        after = await store.last_month_end(connection, name, today)
        for day in due_month_ends(after, today):
            run = WriteOffRun(administration=name, kind="month-end", date=day)
            await _queue(connection, run, derived_id(JOBS_OF_RUNS, f"{name}:{day}"), AUTOMATIC)
            queued.append((name, day))
    return queued
