"""Requests above a limit: another employee approves them, then they are asked for, or declines them for good."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.identity import Actor
from services.writeoff.domain.books import Books
from services.writeoff.domain.limits import check_approver, limits_of
from services.writeoff.domain.requests import AskedLine, Decision, Request, decide
from services.writeoff.operations.books import current_books
from services.writeoff.operations.requests import send
from services.writeoff.operations.reversals import reversal_decision
from services.writeoff.store.books import share_books
from services.writeoff.store.items import load_items
from services.writeoff.store.requests import ApprovalVerdict, add_approval, find_request, request_lines


@dataclass(frozen=True, slots=True)
class RequestName:
    """A request as people call it: by its id within the administration."""

    administration: str
    request_id: UUID


async def decide_approval(
    connection: Connection, named: RequestName, approver: Actor, *, approved: bool, note: str
) -> None:
    """Approve or decline a request.

    Raises NotFound, Forbidden for one's own request, Conflict when it was decided before or needs no approval.
    """
    administration, request_id = named.administration, named.request_id
    await share_books(connection, [administration])
    row = await find_request(connection, administration, request_id)
    if row is None:
        raise NotFound(
            "unknown-request",
            "No request has the id {request_id}.",
            request_id=request_id,
            field="request_id",
            remedy="See what awaits approval, or the history of the item.",
        )
    if row["needs_approval"] is None:
        raise Conflict(
            "needs-no-approval",
            "This request was asked for at once: it needs no approval.",
            remedy="See what became of the request.",
        )
    key = (administration, row["party_id"], request_id)
    lines = await request_lines(connection, key)
    books = await current_books(connection, administration)
    limits = limits_of(books.configuration.write_offs, approver.employee, is_approver=True)
    largest = max((line["base_amount"] for line in lines), default=0)
    check_approver(row["employee"], approver.employee, largest, limits, books.configuration.base_currency)
    # Of two who decide at once the second finds the row of the first.
    if not await add_approval(connection, ApprovalVerdict(key, approved, approver.employee, note)):
        raise Conflict(
            "already-decided", "This request was approved or declined before.", remedy="See what became of the request."
        )
    if approved:
        await send(connection, [await _decision(connection, _request(row, lines, approver.employee), books)])


async def _decision(connection: Connection, request: Request, books: Books) -> Decision:
    if request.reversal_of is not None:
        return await reversal_decision(connection, request, books)
    keys = [(request.administration, request.party_id, line.item_id) for line in request.lines]
    items = (await load_items(connection, keys)).get(request.party, {})
    return decide(request, items, books)


def _request(row: asyncpg.Record, lines: list[asyncpg.Record], approver: str) -> Request:
    request = Request(
        administration=row["administration"],
        party_id=row["party_id"],
        request_id=row["request_id"],
        origin=row["origin"],
        date=row["date"],
        employee=row["employee"],
        note=row["note"],
        reversal_of=row["reversal_of"],
        lines=tuple(
            AskedLine(
                item_id=line["item_id"],
                journal=line["journal"],
                currency=line["currency"],
                amount=line["amount"],
                approved_open_amount=line["approved_open_amount"],
            )
            for line in lines
        ),
    )
    return request._replace(approved_by=approver)
