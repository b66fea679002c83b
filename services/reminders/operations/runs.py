"""Runs: a control list frozen, corrected by clerks, issued once, or undone before anything was sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.fingerprints import names
from chassis.jobs import Job, NewJob, Step, add_job, get_job
from chassis.sentences import Sentence
from read_model.parties import get_administration
from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.drafts import payment_account
from services.reminders.domain.members import Named
from services.reminders.operations.control_list import read_scope
from services.reminders.operations.run_summaries import summarise_run
from services.reminders.store import lists, runs
from services.reminders.store.lists import ListScope
from services.reminders.store.runs import Json, NewReminderRun, ReminderRun

FREEZE_RUN = "freeze-run"
ISSUE_RUN = "issue-run"
FREEZE_PARTIES = 5_000
"""Debtors that one chunk of a listing looks at: about half a second with ten open items each."""


async def queue_freezing(
    connection: Connection, administration: str, request: ListRequest, employee: str
) -> ReminderRun:
    """Begin to freeze a control list as a run; NotFound when the administration is not configured."""
    scope = await read_scope(connection, administration, request)
    run_id, job_id = await runs.new_ids(connection)
    await runs.insert_run(connection, NewReminderRun(run_id, job_id, employee), scope, request)
    await add_job(
        connection,
        NewJob(
            job_id=job_id,
            kind=FREEZE_RUN,
            administration=administration,
            employee=employee,
            parameters={"run_id": run_id},
        ),
    )
    return await runs.get_run(connection, administration, run_id)


async def advance_freezing(connection: Connection, job: Job) -> Step:
    """Put the next debtors' listed items in the run."""
    run = await runs.lock_run(connection, job.administration, UUID(job.parameters["run_id"]))
    cursor = job.cursor or {"after": "", "left_out": []}
    last = await lists.last_of_next_parties(connection, run.administration, cursor["after"], FREEZE_PARTIES)
    if last is None or run.state != "listing":
        await runs.finish_listing(connection, run, cursor["left_out"])
        return Step(cursor=None, done=job.done, result={"run_id": str(run.run_id)})
    await lists.plan_for_values(connection)
    scope = ListScope(run.administration, run.rules, lists.following(cursor["after"]), last)
    rows = await runs.freeze_items(connection, run.run_id, scope)
    left_out = merge_counts(cursor["left_out"], [dict(row) for row in rows if row["reason"] is not None])
    looked_at = sum(row["items"] for row in rows)
    return Step(cursor={"after": last, "left_out": left_out}, done=job.done + looked_at)


def merge_counts(counts: list[Json], more: list[Json]) -> list[Json]:
    """Add items and amounts per reason and currency."""
    sums: dict[tuple[str, str], Json] = {}
    for row in (*counts, *more):
        known = sums.setdefault(
            (row["reason"], row["currency"]),
            {"reason": row["reason"], "currency": row["currency"], "items": 0, "open_amount": 0},
        )
        known["items"] += row["items"]
        known["open_amount"] += row["open_amount"]
    return [sums[key] for key in sorted(sums)]


async def leave_out(connection: Connection, run: ReminderRun, named: Named, employee: str, note: str) -> int:
    """Take a debtor or one of its items out of the run, with a note; how many items it was."""
    require_listed(run)
    items = await runs.leave_out(connection, run, named, employee, note)
    return _some(items, named, Sentence("in the run"))


async def take_back(connection: Connection, run: ReminderRun, named: Named) -> int:
    """Put back what a clerk left out; how many items it was."""
    require_listed(run)
    return _some(await runs.take_back(connection, run, named), named, Sentence("left out of the run"))


async def queue_issuing(connection: Connection, run: ReminderRun, employee: str, fingerprint: str) -> ReminderRun:
    """Begin to issue a run whose fingerprint the clerk approved; a run that is issued, or being issued, stays as it is.

    Raises Conflict when the run holds something else by now, Refused without an account to pay to, or with one that
    cannot exist.
    """
    if run.state == "issued" or (run.state == "issuing" and not await _has_failed(connection, run)):
        return run
    if run.state == "issuing":
        return await _add_issuing_job(connection, run, employee)
    require_listed(run)
    summary = await summarise_run(connection, run)
    if not names(fingerprint, summary.fingerprint):
        raise Conflict(
            "run-changed",
            "The run now holds {summary.items} items of {summary.parties} debtors, which is not what was approved.",
            summary=summary,
            field="fingerprint",
            remedy="Look at the run again; its fingerprint is {summary.fingerprint}.",
        )
    payment_account(await get_administration(connection, run.administration))
    return await _add_issuing_job(connection, run, employee)


async def _has_failed(connection: Connection, run: ReminderRun) -> bool:
    """Whether the job that issued the run gave up: it is then taken up again where it stopped."""
    assert run.issuing_job is not None, "a run is issued by a job"
    job = await get_job(connection, run.issuing_job)
    return bool(job["state"] == "failed")


async def _add_issuing_job(connection: Connection, run: ReminderRun, employee: str) -> ReminderRun:
    _, job_id = await runs.new_ids(connection)
    await runs.begin_issuing(connection, run, job_id, employee)
    await add_job(
        connection,
        NewJob(
            job_id=job_id,
            kind=ISSUE_RUN,
            administration=run.administration,
            employee=employee,
            parameters={"run_id": run.run_id},
        ),
    )
    return await runs.get_run(connection, run.administration, run.run_id)


async def undo_run(connection: Connection, run: ReminderRun, employee: str, now: datetime, note: str) -> None:
    """Give a run up for good; Conflict once anything of it was sent."""
    if run.state == "undone":
        return
    if run.state == "issued" or await runs.count_reminders(connection, run):
        raise Conflict(
            "run-sent",
            "Reminders of this run were issued: they cannot be called back.",
            field="run_id",
            remedy="Block or write off the items instead; fees are waived like any other item.",
        )
    await runs.undo_run(connection, run, employee, now, note)


def require_listed(run: ReminderRun) -> None:
    """Raise Conflict unless the run is whole and was neither issued nor undone."""
    if run.state == "listed":
        return
    states = {"listing": Sentence("listing"), "issuing": Sentence("issuing"), "issued": Sentence("issued")}
    hints = {
        "listing": Sentence("It is still being made: try again in a moment."),
        "undone": Sentence("It was undone: make a new one."),
    }
    raise Conflict(
        "run-not-open",
        "The run is {state}.",
        state=states.get(run.state, Sentence("undone")),
        field="run_id",
        remedy=hints.get(run.state, Sentence("It can no longer be changed.")),
    )


def _some(items: int, named: Named, where: Sentence) -> int:
    if not items:
        raise NotFound(
            "not-in-run",
            "Nothing of item {item_id} of party {party_id} is {where}."
            if named.item_id
            else "Nothing of party {party_id} is {where}.",
            item_id=named.item_id,
            party_id=named.party_id,
            where=where,
            field="item_id" if named.item_id else "party_id",
            remedy="See the run's items.",
        )
    return items
