"""A write-off is taken back: the ledger undoes its match, and a mirrored entry is booked; both stay to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound, Refused
from services.writeoff.domain.books import Books
from services.writeoff.domain.previews import Preview, PreviewLine
from services.writeoff.domain.requests import Ask, Decision, Request, ask_id_of
from services.writeoff.operations.books import current_books
from services.writeoff.operations.manual import check_fingerprint
from services.writeoff.operations.requests import send
from services.writeoff.store import entries as store
from services.writeoff.store.books import share_books
from services.writeoff.store.previews import keep_preview
from services.writeoff.store.requests import add_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalWish:
    """Which write-off is taken back, as of which day, and why."""

    administration: str
    match_id: UUID
    date: date
    note: str
    employee: str


@dataclass(frozen=True, slots=True)
class PreviewedReversal:
    """What taking a write-off back comes to, and the limit that it passes, as limits are meant in the base currency."""

    preview: Preview
    needs_approval: str | None


async def show_reversal(connection: Connection, wish: ReversalWish) -> PreviewedReversal:
    """What would be put back, item by item; raises NotFound or Conflict when it cannot be. Changes nothing."""
    shown = await _show(connection, wish, await current_books(connection, wish.administration))
    await _refuse_too_early(connection, wish)
    return shown


async def preview_reversal(connection: Connection, wish: ReversalWish) -> PreviewedReversal:
    """The same; kept, so that a later refusal can say what changed since."""
    shown = await show_reversal(connection, wish)
    await keep_preview(connection, wish.administration, shown.preview, wish.employee)
    return shown


async def take_back(connection: Connection, wish: ReversalWish, fingerprint: str) -> UUID:
    """Ask the ledger to undo the write-off; above the limit for reversals it waits for an approval."""
    if not wish.note.strip():
        raise Refused(
            "reason-missing",
            "Why a write-off is taken back must be said.",
            field="note",
            remedy="Say in the note what was wrong with it.",
        )
    # Two who take the same entry back at once: the second waits here, and then finds the request of the first.
    await share_books(connection, [wish.administration])
    # One at a time per entry, so that two clerks cannot both be told that they take it back.
    await store.lock_entry(connection, wish.match_id)
    books = await current_books(connection, wish.administration)
    shown = await _show(connection, wish, books)
    await check_fingerprint(connection, wish.administration, shown.preview, fingerprint)
    await _refuse_too_early(connection, wish)
    request = Request(
        administration=wish.administration,
        party_id=shown.preview.party_id,
        request_id=uuid4(),
        origin="reversal",
        date=wish.date,
        employee=wish.employee,
        note=wish.note,
        lines=(),
        reversal_of=wish.match_id,
        needs_approval=shown.needs_approval,
    )
    await add_requests(connection, [request])
    if shown.needs_approval is None:
        await send(connection, [await reversal_decision(connection, request, books)])
    return request.request_id


async def reversal_decision(connection: Connection, request: Request, books: Books) -> Decision:
    """What is asked of the ledger for a reversal; Refused when its date falls in no open period."""
    assert request.reversal_of is not None, "only a reversal has no lines"
    entry = await _entry(connection, request.administration, request.reversal_of)
    ask = Ask(
        ask_id=ask_id_of(request.request_id, entry["journal"], entry["currency"]),
        request=request,
        journal=entry["journal"],
        currency=entry["currency"],
        period=books.period_of(request.date),
        lines=(),
    )
    return Decision(request, (ask,), ())


async def _show(connection: Connection, wish: ReversalWish, books: Books) -> PreviewedReversal:
    books.period_of(wish.date)
    # From what is final to what may still change: a reversal, reversed already, asked for already.
    entry = await _entry(connection, wish.administration, wish.match_id)
    _refuse_final(wish, entry)
    # One that waits for an approval or for the ledger is as good as done.
    named = (wish.administration, entry["party_id"], wish.match_id)
    pending = await store.pending_reversal(connection, named)
    if pending is not None:
        raise Conflict(
            "reversal-asked",
            "Request {pending} takes this write-off back already.",
            pending=pending,
            field="match_id",
            remedy="See what becomes of that request.",
        )
    return await _preview_of(connection, wish, books, entry)


async def _preview_of(
    connection: Connection, wish: ReversalWish, books: Books, entry: asyncpg.Record
) -> PreviewedReversal:
    """What would be put back of each item, and whether another employee has to approve it."""
    rows = await store.reversible_lines(connection, (wish.administration, entry["party_id"], wish.match_id))
    lines = tuple(
        PreviewLine(
            item_id=row["item_id"],
            kind=row["kind"] or "other",
            journal=entry["journal"],
            currency=entry["currency"],
            open_amount=row["open_amount"],
            amount=row["amount"],
        )
        for row in rows
    )
    preview = Preview(party_id=entry["party_id"], date=wish.date, lines=lines, reversal_of=str(wish.match_id))
    largest = max((row["base_amount"] for row in rows), default=0)
    limit = books.configuration.write_offs.reversal_item_limit
    return PreviewedReversal(preview, "reversal-limit" if limit is not None and largest > limit else None)


def _refuse_final(wish: ReversalWish, entry: asyncpg.Record) -> None:
    """Refuse an entry that is a reversal, or that one took back."""
    if entry["reversal_of"] is not None:
        raise Conflict(
            "is-a-reversal",
            "Entry {wish.match_id} is itself a reversal.",
            wish=wish,
            field="match_id",
            remedy="Write the items off again instead.",
        )
    if entry["reversed_by"] is not None:
        raise Conflict(
            "already-reversed",
            "The write-off was taken back by {reversed_by}.",
            reversed_by=entry["reversed_by"],
            field="match_id",
            remedy="Nothing is left to do: see what the entry says took it back.",
        )


async def _refuse_too_early(connection: Connection, wish: ReversalWish) -> None:
    """No reversal is earlier than its entry, nor than the match that the ledger is asked to undo."""
    entry = await _entry(connection, wish.administration, wish.match_id)
    latest = max(entry["date"], entry["matched_on"] or entry["date"])
    if wish.date < latest:
        raise Refused(
            "earlier-than-match",
            "The write-off is of {latest}, later than {day}.",
            latest=latest,
            day=wish.date,
            field="date",
            remedy="Choose {latest} or a later day.",
        )


async def _entry(connection: Connection, administration: str, match_id: UUID) -> asyncpg.Record:
    entry = await store.find_entry(connection, administration, match_id)
    if entry is None:
        raise NotFound(
            "unknown-write-off",
            "No write-off has the match {match_id}.",
            match_id=match_id,
            field="match_id",
            remedy="See the write-offs item by item.",
        )
    return entry
