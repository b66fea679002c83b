"""Write-offs by hand: shown first, asked for when the fingerprint still holds, approved by another above a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from chassis.database import Connection, is_passing
from chassis.errors import Conflict, Refused, TooLarge
from chassis.fingerprints import names
from chassis.identity import Actor, Role
from chassis.sentences import Retold, joined
from chassis.service import Runtime
from read_model.parties import require_party
from read_model.today import beginning_of, today_by, zone_of
from read_model.unmatched_credits import CreditParties, UnmatchedCredits, refuse_unmatched, summarise_unmatched
from services.writeoff.domain.books import Books
from services.writeoff.domain.limits import approval_needed, limits_of
from services.writeoff.domain.previews import (
    DIFFERENCES_TOLD,
    Preview,
    Wished,
    check_reasons_are_chosen,
    differences,
    preview_lines,
)
from services.writeoff.domain.requests import Item, Request
from services.writeoff.operations.books import current_books
from services.writeoff.operations.requests import Known, ask_for
from services.writeoff.store import previews as preview_store
from services.writeoff.store.books import looking_up_keys, share_books
from services.writeoff.store.items import load_items, open_charges
from services.writeoff.store.requests import lock_employee, waived_by_employee

LINES_AT_ONCE = 2_000
"""Lines of one write-off by hand; more than that is a set's work."""


PREVIEWS_KEPT = timedelta(days=7)
FORGET_EVERY_SECONDS = 600.0
"""A thousand previews at most go each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualWriteOff:
    """What a clerk waives: the given lines, or without any all that is owed; on `journal` unless a line says one."""

    administration: str
    party_id: str
    lines: tuple[Wished, ...] | None
    journal: str | None
    date: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class PreviewedWriteOff:
    """What a wish comes to, by the decisions that its confirmation makes.

    `refusal` is what confirming it would be answered, `needs_approval` the limit that it passes; of the items in
    `offered` the reason is not chosen yet, and what is `unmatched` of the party had better be matched first.
    """

    preview: Preview
    refusal: Refused | None
    needs_approval: str | None
    offered: frozenset[str]
    unmatched: UnmatchedCredits


@dataclass(frozen=True, slots=True)
class _ShownWriteOff:
    preview: Preview
    books: Books
    items: Mapping[str, Item]
    wishes: Sequence[Wished]
    unmatched: UnmatchedCredits


async def preview_write_off(connection: Connection, wish: ManualWriteOff, actor: Actor) -> PreviewedWriteOff:
    """What the wish comes to now; kept, so that a later refusal can say what changed since.

    Raises Refused where credits of the party have to be matched first.
    """
    shown = await _show(connection, wish)
    await preview_store.keep_preview(connection, wish.administration, shown.preview, actor.employee)
    return PreviewedWriteOff(
        preview=shown.preview,
        refusal=_refusal_of(shown.preview, explicit=wish.lines is not None),
        needs_approval=await _needs_approval(connection, wish, shown, actor, is_deed=False),
        offered=frozenset(line.item_id for line in shown.wishes if line.journal is None),
        unmatched=shown.unmatched,
    )


async def write_off(
    connection: Connection, wish: ManualWriteOff, actor: Actor, *, fingerprint: str, default_reasons: bool
) -> UUID:
    """Ask for what the preview with this fingerprint showed; gives the request's id.

    Raises Conflict with the differences when anything changed since, Refused when a line may not be written off or
    has no reason, unless the default ones were accepted.
    """
    # The same is made again as was shown, and decides: a fingerprint of anything else is refused with what changed.
    await share_books(connection, [wish.administration])
    shown = await _show(connection, wish)
    if not default_reasons:
        check_reasons_are_chosen(shown.wishes, shown.items, shown.books)
    await check_fingerprint(connection, wish.administration, shown.preview, fingerprint)
    refusal = _refusal_of(shown.preview, explicit=wish.lines is not None)
    if refusal is not None:
        raise refusal
    request = Request(
        administration=wish.administration,
        party_id=wish.party_id,
        request_id=uuid4(),
        origin="manual",
        date=wish.date,
        employee=actor.employee,
        note=wish.note,
        lines=shown.preview.allowed,
    )
    needs_approval = await _needs_approval(connection, wish, shown, actor, is_deed=True)
    known = Known({wish.administration: shown.books}, {(wish.administration, wish.party_id): shown.items})
    async with looking_up_keys(connection):
        await ask_for(connection, [request._replace(needs_approval=needs_approval)], known)
    return request.request_id


async def _show(connection: Connection, wish: ManualWriteOff) -> _ShownWriteOff:
    books = await current_books(connection, wish.administration)
    books.period_of(wish.date)
    if wish.journal is not None:
        books.reason(wish.journal)
    lines = wish.lines
    if lines is None:
        lines = await _all_owed(connection, wish)
    _check_named_once(lines)
    wishes = [replace(line, journal=line.journal or wish.journal) for line in lines]
    keys = [(wish.administration, wish.party_id, line.item_id) for line in wishes]
    items = (await load_items(connection, keys)).get((wish.administration, wish.party_id), {})
    preview = Preview(party_id=wish.party_id, date=wish.date, lines=preview_lines(wishes, items, books, wish.date))
    unmatched = await summarise_unmatched(connection, CreditParties(wish.administration, [wish.party_id]))
    refuse_unmatched(unmatched, books.configuration)
    return _ShownWriteOff(preview, books, items, wishes, unmatched)


async def _all_owed(connection: Connection, wish: ManualWriteOff) -> tuple[Wished, ...]:
    owed = await open_charges(connection, wish.administration, wish.party_id, LINES_AT_ONCE + 1)
    if not owed:
        await require_party(connection, wish.administration, wish.party_id)
    if len(owed) > LINES_AT_ONCE:
        raise TooLarge(
            "too-many-items",
            "The party owes more than {limit} items.",
            limit=LINES_AT_ONCE,
            field="lines",
            remedy="Name the items, or write them off as a set.",
        )
    return tuple(Wished(item_id=item_id) for item_id in owed)


def _check_named_once(lines: Sequence[Wished]) -> None:
    seen: set[str] = set()
    for position, line in enumerate(lines):
        if line.item_id in seen:
            raise Refused(
                "duplicate-item",
                "Item {line.item_id} is named twice.",
                line=line,
                field=f"lines/{position}/item_id",
                remedy="Name each item once, with the whole amount.",
            )
        seen.add(line.item_id)


def _refusal_of(preview: Preview, *, explicit: bool) -> Refused | None:
    """What was named must all be allowed; of everything that a party owes, what is not allowed is left out."""
    faults = [(position, line) for position, line in enumerate(preview.lines) if line.code is not None]
    if explicit and faults:
        position, line = faults[0]
        assert line.code is not None, "only lines with a code are faults"
        return Refused(
            line.code,
            "{reason}",
            reason=Retold(line.message or line.code),
            field=f"lines/{position}",
            remedy="Leave this line out.",
        )
    if not preview.allowed:
        return Refused(
            "nothing-to-write-off", "Nothing of this can be written off.", field="lines", remedy="Look at the preview."
        )
    return None


async def _needs_approval(
    connection: Connection, wish: ManualWriteOff, shown: _ShownWriteOff, actor: Actor, *, is_deed: bool
) -> str | None:
    """The limit that the allowed lines pass; for the deed the employee's others wait, so that none slips through."""
    configuration = shown.books.configuration
    limits = limits_of(configuration.write_offs, actor.employee, is_approver=actor.has_role(Role.APPROVER))
    waived = 0
    if limits.day is not None:
        if is_deed:
            await lock_employee(connection, wish.administration, actor.employee)
        day_began = beginning_of(today_by(configuration), zone_of(configuration))
        waived = await waived_by_employee(connection, wish.administration, actor.employee, day_began)
    return approval_needed(shown.preview.allowed, shown.items, shown.books, limits, waived)


async def check_fingerprint(connection: Connection, administration: str, preview: Preview, fingerprint: str) -> None:
    """Raise Conflict with what changed, unless the fingerprint is that of the preview as it is now."""
    if names(fingerprint, preview.fingerprint):
        return
    shown = await preview_store.find_preview(connection, administration, fingerprint)
    if shown is None:
        raise Conflict(
            "unknown-preview",
            "No preview with this fingerprint is kept.",
            preview=preview,
            field="fingerprint",
            remedy="Look at the preview again; its fingerprint is {preview.fingerprint} now.",
        )
    changes = differences(shown, preview.content)
    more = len(changes) - DIFFERENCES_TOLD
    raise Conflict(
        "changed-since-preview",
        "Changed since the preview: {changes}; and {more} more."
        if more > 0
        else "Changed since the preview: {changes}.",
        changes=joined(changes[:DIFFERENCES_TOLD], "; "),
        more=more,
        preview=preview,
        field="fingerprint",
        remedy="Look at the preview again; its fingerprint is {preview.fingerprint} now.",
    )


async def forget_previews(runtime: Runtime) -> None:
    """Forget what was shown long ago, now and then until cancelled."""
    while True:
        try:
            forgotten = await runtime.database.now() - PREVIEWS_KEPT
            async with runtime.database.transaction() as connection:
                await preview_store.forget_previews(connection, forgotten)
        except Exception as error:
            if not is_passing(error):
                raise
        await asyncio.sleep(FORGET_EVERY_SECONDS)
