"""Imports of files: events are judged and kept aside part by part, then published all together, or none of them.

Once an import is confirmed a run publishes what is kept aside, and goes on after any crash: from then on all of it
comes. What is not confirmed never comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from chassis.identity import Actor
from chassis.jobs import Job, NewJob, Step, add_job
from read_model.parties import get_administration
from services.matching.domain.booking import BookingWish, check_booking, check_currency, find_journal
from services.matching.operations.intake import Intake, Line, judge
from services.matching.store import imports as store
from services.matching.store.imports import ImportKey
from services.matching.store.matches import new_ids


@dataclass(frozen=True, slots=True)
class AskedBooking:
    """Where items in a currency would be matched."""

    journal: str
    day: date
    currency: str


REQUESTED_JOURNALS = "M"
"""Types of the journals on which items settle each other by request."""
KIND = "import"
CHUNKS_PER_STEP = 10
"""Parts of a file that one transaction publishes: of a thousand events at most each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    """What is imported: the file's name, and the fingerprint that was confirmed."""

    file: str
    fingerprint: str


async def open_import(connection: Connection, administration: str, new: NewImport, employee: str) -> ImportKey:
    """Begin an import under a fresh id: nothing of it comes until it is confirmed."""
    (import_id,) = await new_ids(connection, 1)
    key = ImportKey(administration, import_id)
    await store.open_import(connection, key, new.file, new.fingerprint, employee)
    return key


async def stage(connection: Connection, key: ImportKey, chunk: int, lines: Sequence[Line], actor: Actor) -> Intake:
    """Judge a part of the file as the door does, and keep what is new of it aside; the same part again replaces it."""
    await _lock_open(connection, key)
    intake = await judge(connection, lines, actor)
    await store.stage_chunk(connection, key, chunk, intake.new)
    return intake


async def confirm(connection: Connection, key: ImportKey, expected: int, employee: str) -> UUID:
    """Have everything that is kept aside published; the id of the run that does it.

    Raises Conflict unless exactly the expected number of events is there.
    """
    await _lock_open(connection, key)
    staged = await store.count_staged(connection, key)
    if staged.events != expected:
        raise Conflict(
            "import-incomplete",
            "{found} events of the import are here, and {expected} were sent.",
            found=staged.events,
            expected=expected,
            field="events",
            remedy="Import the file again.",
        )
    await store.set_state(connection, key, "confirmed")
    job = NewJob(
        job_id=key.import_id,
        kind=KIND,
        administration=key.administration,
        employee=employee,
        parameters={"chunks": staged.chunks, "events": staged.events},
    )
    await add_job(connection, job)
    return key.import_id


async def advance_import(connection: Connection, job: Job) -> Step:
    """Publish the next parts of a file."""
    key = ImportKey(job.administration, job.job_id)
    total = int(job.parameters["events"])
    begin = int((job.cursor or {}).get("chunk", 0))
    end = begin + CHUNKS_PER_STEP
    done = job.done + await store.publish_staged(connection, key, begin, end)
    if end < int(job.parameters["chunks"]):
        return Step({"chunk": end}, done, total)
    await store.set_state(connection, key, "published")
    return Step(None, done, total, {"events": done})


async def drop(connection: Connection, key: ImportKey) -> None:
    """Forget an import that was not confirmed: nothing of it ever comes."""
    await _lock_open(connection, key)
    await store.drop_import(connection, key)


async def _lock_open(connection: Connection, key: ImportKey) -> None:
    found = await store.lock_import(connection, key)
    if found is None:
        raise NotFound(
            "unknown-import",
            "No import has the id {import_id}.",
            import_id=key.import_id,
            field="import_id",
            remedy="Import the file again.",
        )
    if found["state"] != "open":
        raise Conflict(
            "import-confirmed",
            "Import {import_id} was confirmed before.",
            import_id=key.import_id,
            field="import_id",
            remedy="Import the file again: what is in the books already is not taken twice.",
        )


async def match_answers(
    connection: Connection, administration: str, requests: Sequence[tuple[str, UUID]]
) -> dict[int, str | None]:
    """What became of those match requests that were answered, by their indexes: None for a match, or why not."""
    return await store.answers_of(connection, administration, requests)


async def booking_refusals(
    connection: Connection, administration: str, asked: Sequence[AskedBooking]
) -> dict[int, Refused]:
    """Why those of the bookings that a match request would be refused for are, by their indexes."""
    configuration = await get_administration(connection, administration)
    refusals: dict[int, Refused] = {}
    for index, booking in enumerate(asked):
        wish = BookingWish(match_date=booking.day, journal=booking.journal, employee="-")
        try:
            check_booking(wish, configuration, journal_types=REQUESTED_JOURNALS)
            check_currency(booking.currency, find_journal(booking.journal, configuration), configuration)
        except Refused as refusal:
            refusals[index] = refusal
    return refusals
