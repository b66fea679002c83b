"""Undoing: one match, everything that a run did, or what settled the items within criteria."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.jobs import Job, Step
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration
from services.matching.domain.authority import check_undo, check_undo_of_run
from services.matching.domain.booking import BookingWish, check_booking
from services.matching.domain.chronology import TooEarly, check_reversal_day
from services.matching.domain.findings import Finding, nothing_found, told
from services.matching.domain.forms import RunUndoForm, SettlementUndoForm, UndoForm
from services.matching.domain.ledger import Booking, Entry, MatchKey, PartyChunk
from services.matching.domain.reversals import RemainderUsed, StoredMatch, reverse
from services.matching.operations.run_steps import NewRun, carried_out, last_step, next_step, result_of
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from services.matching.store import runs as store
from services.matching.store.runs import LeftOfRun, add_findings

KIND = "undo-run"
SETTLEMENTS = "undo-settlements"


async def undo_match(connection: Connection, key: MatchKey, form: UndoForm, employee: str) -> Entry:
    """Undo one match; raises NotFound, or Conflict naming what stands in the way."""
    configuration = await get_administration(connection, key.administration)
    await item_store.lock_parties(connection, [key.party])
    match = (await match_store.load_matches(connection, [key])).get(key.match_id)
    if match is None:
        raise NotFound(
            "unknown-match",
            "Party {party_id} has no match {match_id}.",
            party_id=key.party_id,
            match_id=key.match_id,
            field="match_id",
            remedy="See the matches of the party.",
        )
    check_undo(match, configuration)
    wish = BookingWish(match_date=form.date, journal=match.journal, employee=employee, note=form.note)
    return await _reverse(connection, key, check_booking(wish, configuration, journal_types="AM"))


async def _reverse(connection: Connection, key: MatchKey, booking: Booking) -> Entry:
    match = (await match_store.load_matches(connection, [key]))[key.match_id]
    items = await item_store.load_items(connection, match.touched_keys)
    (reversal_id,) = await match_store.new_ids(connection, 1)
    booking = replace(booking, journal=match.journal)
    used_by = await _users_of_remainder(connection, match)
    entry = reverse(match, {item.item_id: item for item in items.values()}, booking, reversal_id, used_by)
    await match_store.append_matches(connection, [entry])
    return entry


async def _users_of_remainder(connection: Connection, match: StoredMatch) -> list[UUID]:
    if match.remainder_key is None:
        return []
    return (await match_store.matches_using(connection, [match.remainder_key])).get(match.remainder_key, [])


async def queue_undo(connection: Connection, undo: NewRun, run_id: UUID, form: RunUndoForm) -> None:
    """Queue the undo of what run `run_id` did.

    Raises NotFound when it has no matches, Conflict when none of them is in force any more or all are reversals,
    Refused when they are later than the undo.
    """
    configuration = await get_administration(connection, undo.administration)
    if not await store.next_run_parties(connection, undo.administration, run_id, ""):
        raise NotFound(
            "unknown-run",
            "No match was made by run {run_id}.",
            run_id=run_id,
            field="run_id",
            remedy="See the list of runs.",
        )
    left = await store.left_of_run(connection, undo.administration, run_id)
    check_left(run_id, left, form.date)
    check_undo_of_run(configuration, has_written_off=left.has_written_off)
    _booking_of_run(form, undo.employee, configuration)
    await undo.queue(connection, KIND, {"run_id": str(run_id), "form": form.model_dump(mode="json")})


def check_left(run_id: UUID, left: LeftOfRun, day: date) -> None:
    """Raise Conflict when there is nothing to undo of what a run did, as there is not of a match that was undone.

    Raises Refused when the undo of `day` would be earlier than it.
    """
    if not left.has_matched:
        raise Conflict(
            "is-a-reversal",
            "Run {run_id} only undid matches.",
            run_id=run_id,
            field="run_id",
            remedy="Match the items again instead.",
        )
    if left.in_force_since is None:
        raise Conflict(
            "already-reversed",
            "Everything that run {run_id} matched was undone before.",
            run_id=run_id,
            field="run_id",
            remedy="Match the items again instead.",
        )
    check_reversal_day(day, left.in_force_since, ())


async def advance_undo(connection: Connection, job: Job) -> Step:
    """Undo what the run did on the next chunk of parties."""
    run_id = UUID(job.parameters["run_id"])
    form = RunUndoForm.model_validate_json(json.dumps(job.parameters["form"]))
    configuration = await get_administration(connection, job.administration)
    nothing: dict[str, Any] = {"dry_run": form.dry_run, "after": "", "matches": 0, "lines": 0} | nothing_found(
        "refused"
    )
    cursor = nothing | (job.cursor or {})
    parties = await store.next_run_parties(connection, job.administration, run_id, cursor["after"])
    if not parties:
        return Step(None, job.done, job.done, result_of(cursor))
    total = job.total or await store.count_run_parties(connection, job.administration, run_id)
    booking = replace(_booking_of_run(form, job.employee, configuration), run_id=job.job_id)
    accounts = PartyChunk(job.administration, parties)
    await store.lock_accounts(connection, accounts)
    async with carried_out(connection, only_tried=form.dry_run):
        undone = await store.reverse_matches(connection, accounts, booking, run_id)
        entries, refused = await _undo_remainders(connection, accounts, run_id, booking)
    await add_findings(connection, job.administration, job.job_id, refused)
    after = told(cursor, refused) | {
        "after": parties[-1],
        "matches": cursor["matches"] + undone.matches + len(entries),
        "lines": cursor["lines"] + undone.lines + sum(len(entry.lines) for entry in entries),
    }
    return Step(after, job.done + len(parties), total)


async def _undo_remainders(
    connection: Connection, accounts: PartyChunk, run_id: UUID, booking: Booking
) -> tuple[list[Entry], list[Finding]]:
    """Undo one by one what made remainders, the newest first; gives the reversals and what was refused."""
    entries, refused = [], []
    for key in await store.remainder_matches(connection, accounts, run_id):
        try:
            entries.append(await _reverse(connection, key, booking))
        except RemainderUsed as conflict:
            refused.append(
                Finding(
                    kind="refused",
                    party_id=key.party_id,
                    code=conflict.code,
                    match_id=key.match_id,
                    item_ids=(conflict.remainder,),
                    used_by=conflict.used_by,
                )
            )
        except TooEarly as refusal:
            refused.append(Finding(kind="refused", party_id=key.party_id, code=refusal.code, match_id=key.match_id))
    return entries, refused


def _booking_of_run(form: UndoForm, employee: str, configuration: AdministrationConfigured) -> Booking:
    """Where reversals are booked: on the form's date, each in the journal of what it undoes."""
    journal = next(journal.code for journal in configuration.journals)
    wish = BookingWish(match_date=form.date, journal=journal, employee=employee, note=form.note)
    return check_booking(wish, configuration, journal_types="KBVIMA")


async def queue_undo_of_settlements(connection: Connection, undo: NewRun, form: SettlementUndoForm) -> None:
    """Queue the undo of settlements by what was settled; raises Refused naming the field."""
    _booking_of_run(form, undo.employee, await get_administration(connection, undo.administration))
    await undo.queue(connection, SETTLEMENTS, form.model_dump(mode="json"))


async def advance_undo_of_settlements(connection: Connection, job: Job) -> Step:
    """Undo what settled items of the next chunk of parties."""
    form = SettlementUndoForm.model_validate_json(json.dumps(job.parameters))
    configuration = await get_administration(connection, job.administration)
    booking = replace(_booking_of_run(form, job.employee, configuration), run_id=job.job_id)
    nothing: dict[str, Any] = dict.fromkeys(("matches", "by_hand", "lines", "later_matches"), 0)
    nothing |= {"dry_run": form.dry_run, "after": ""}
    cursor = nothing | (job.cursor or {})
    parties = await store.next_parties(connection, job.administration, form.criteria, cursor["after"], settled=True)
    if not parties:
        return await last_step(connection, job, form.criteria, cursor)
    accounts = PartyChunk(job.administration, parties)
    await store.lock_accounts(connection, accounts)
    settlements = await store.earlier_settlements(connection, accounts, store.bounds_json(form.criteria), form.date)
    async with carried_out(connection, only_tried=form.dry_run):
        undone = await store.reverse_matches(connection, accounts, booking, settlements.match_ids)
    after = cursor | {
        "after": parties[-1],
        "matches": cursor["matches"] + undone.matches,
        "by_hand": cursor["by_hand"] + undone.by_hand,
        "lines": cursor["lines"] + undone.lines,
        "later_matches": cursor["later_matches"] + settlements.later,
    }
    return await next_step(connection, job, form.criteria, after)
