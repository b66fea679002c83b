"""Runs: a control list frozen, corrected by clerks, issued once, or undone before anything was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.jobs import Job, NewJob, Step, add_job, get_job
from chassis.queries import load_queries
from chassis.sentences import Sentence
from read_model.parties import get_administration
from services.reminders.domain.criteria import ListRequest
from services.reminders.domain.drafts import payment_account
from services.reminders.operations.control_list import (
    LeftOut,
    Total,
    fingerprint_of,
    left_out_of,
    read_scope,
    totals_of,
)
from services.reminders.store import QUERIES, lists, runs
from services.reminders.store.issuing import REMINDED
from services.reminders.store.lists import Scope
from services.reminders.store.runs import Json, Run

FREEZE_RUN = "freeze-run"
ISSUE_RUN = "issue-run"
FREEZE_PARTIES = 5_000
"""Debtors that one chunk of a listing looks at: about half a second with ten open items each."""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many items came to the same end, or would be reminded."""

    outcome: str
    items: int
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in figures. `fingerprint` names what would be reminded, and is what a clerk approves.

    `listed_items` is all that was frozen; `items`, `parties` and `totals` are what would still be reminded, and what is
    issued or dropped is no longer among them.
    """

    run: Run
    listed_items: int
    items: int
    parties: int
    totals: tuple[Total, ...]
    issued_items: int
    issued_parties: int
    issued_totals: tuple[Total, ...]
    dropped_items: int
    left_out_by_clerk: int
    not_listed: tuple[LeftOut, ...]
    outcomes: tuple[OutcomeCount, ...]
    reminders: int
    fingerprint: str


async def create_run(connection: Connection, administration: str, request: ListRequest, employee: str) -> Run:
    """Begin to freeze a control list; NotFound when the administration is not configured."""
    scope = await read_scope(connection, administration, request)
    run_id, job_id = await _new_ids(connection)
    await runs.insert_run(connection, run_id, scope, request, (job_id, employee))
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


async def freeze_chunk(connection: Connection, job: Job) -> Step:
    """Put the next debtors' listed items in the run."""
    run = await runs.lock_run(connection, job.administration, UUID(job.parameters["run_id"]))
    cursor = job.cursor or {"after": "", "left_out": []}
    last = await lists.last_of_next_parties(connection, run.administration, cursor["after"], FREEZE_PARTIES)
    if last is None or run.state != "listing":
        await runs.finish_listing(connection, run, cursor["left_out"])
        return Step(cursor=None, done=job.done, result={"run_id": str(run.run_id)})
    await lists.plan_for_values(connection)
    scope = Scope(run.administration, run.rules, lists.following(cursor["after"]), last)
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


async def summarise_run(connection: Connection, run: Run) -> RunSummary:
    """Count what is in the run and what came of it."""
    rows = await runs.count_members(connection, run)
    by_outcome: dict[str | None, list[Json]] = {}
    for row in rows:
        by_outcome.setdefault(row["outcome"], []).append(dict(row))
    included, left_out = by_outcome.pop(None, []), by_outcome.pop("left-out", [])
    issued = by_outcome.get(REMINDED, [])
    return RunSummary(
        run=run,
        listed_items=sum(row["items"] for row in rows),
        items=_items(included),
        parties=await _parties(connection, run, None, included),
        totals=totals_of(included),
        issued_items=_items(issued),
        issued_parties=await _parties(connection, run, REMINDED, issued),
        issued_totals=totals_of(issued),
        dropped_items=sum(_items(found) for outcome, found in by_outcome.items() if outcome != REMINDED),
        left_out_by_clerk=_items(left_out),
        not_listed=left_out_of(run.left_out),
        outcomes=tuple(
            OutcomeCount(str(outcome), _items(found), totals_of(found))
            for outcome, found in sorted(by_outcome.items(), key=str)
        ),
        reminders=await runs.count_reminders(connection, run),
        fingerprint=fingerprint_of(included),
    )


def _items(rows: list[Json]) -> int:
    return sum(row["items"] for row in rows)


async def _parties(connection: Connection, run: Run, outcome: str | None, rows: list[Json]) -> int:
    """Debtors behind the rows of an outcome; who owes in two currencies is one."""
    if len(rows) > 1:
        return await runs.count_parties(connection, run, outcome)
    return sum(row["parties"] for row in rows)


async def leave_out(connection: Connection, run: Run, member: tuple[str, str | None], employee: str, note: str) -> int:
    """Take a party (item None) or one of its items out of the run, with a note; how many items it was."""
    require_listed(run)
    items = await runs.leave_out(connection, run, member, employee, note)
    return _some(items, member, Sentence("in the run"))


async def take_back(connection: Connection, run: Run, member: tuple[str, str | None]) -> int:
    """Put back what a clerk left out; how many items it was."""
    require_listed(run)
    return _some(await runs.take_back(connection, run, member), member, Sentence("left out of the run"))


async def issue_run(connection: Connection, run: Run, employee: str, fingerprint: str) -> Run:
    """Begin to issue a run whose fingerprint the clerk approved; a run that is issued, or being issued, stays as it is.

    Raises Conflict when the run holds something else by now, Refused without an account to pay to, or with one that
    cannot exist.
    """
    if run.state == "issued" or (run.state == "issuing" and not await _has_failed(connection, run)):
        return run
    if run.state == "issuing":
        return await _queue_issuing(connection, run, employee)
    require_listed(run)
    summary = await summarise_run(connection, run)
    if summary.fingerprint != fingerprint:
        raise Conflict(
            "run-changed",
            "The run now holds {summary.items} items of {summary.parties} debtors, which is not what was approved.",
            summary=summary,
            field="fingerprint",
            remedy="Look at the run again; its fingerprint is {summary.fingerprint}.",
        )
    payment_account(await get_administration(connection, run.administration))
    return await _queue_issuing(connection, run, employee)


async def _has_failed(connection: Connection, run: Run) -> bool:
    """Whether the job that issued the run gave up: it is then taken up again where it stopped."""
    assert run.issuing_job is not None, "a run is issued by a job"
    job = await get_job(connection, run.issuing_job)
    return bool(job["state"] == "failed")


async def _queue_issuing(connection: Connection, run: Run, employee: str) -> Run:
    _, job_id = await _new_ids(connection)
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


async def undo_run(connection: Connection, run: Run, employee: str, now: datetime, note: str) -> None:
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


def require_listed(run: Run) -> None:
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


def _some(items: int, member: tuple[str, str | None], where: Sentence) -> int:
    if not items:
        party_id, item_id = member
        raise NotFound(
            "not-in-run",
            "Nothing of item {item_id} of party {party_id} is {where}."
            if item_id
            else "Nothing of party {party_id} is {where}.",
            item_id=item_id,
            party_id=party_id,
            where=where,
            field="item_id" if item_id else "party_id",
        )
    return items


async def _new_ids(connection: Connection) -> tuple[UUID, UUID]:
    row = await connection.fetchrow(load_queries(QUERIES).new_ids)
    assert row is not None, "a row of two functions is always there"
    return row["run_id"], row["job_id"]
