"""Requests above a limit: another employee approves them, then they are asked for, or declines them for good."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import Conflict, NotFound
from chassis.identity import Actor
from chassis.queries import load_queries
from services.writeoff.domain.limits import check_approver, limits_of
from services.writeoff.domain.requests import Decision, Line, Request, decide
from services.writeoff.operations.manual import current_books
from services.writeoff.operations.requests import send
from services.writeoff.operations.reversals import reversal_decision
from services.writeoff.store.requests import QUERIES, load_items, share_books


async def decide_approval(
    connection: Connection, key: tuple[str, UUID], approver: Actor, *, approved: bool, note: str
) -> None:
    """Approve or decline the request (administration, request_id).

    Raises NotFound, Forbidden for one's own request, Conflict when it was decided before or needs no approval.
    """
    queries = load_queries(QUERIES)
    administration = key[0]
    await share_books(connection, [administration])
    row = await connection.fetchrow(queries.get_request, *key)
    if row is None:
        raise NotFound("unknown-request", "No request has the id {request_id}.", request_id=key[1], field="request_id")
    if row["needs_approval"] is None:
        raise Conflict("needs-no-approval", "This request was asked for at once: it needs no approval.")
    lines = await connection.fetch(queries.request_lines, row["administration"], row["party_id"], row["request_id"])
    books = await current_books(connection, administration)
    limits = limits_of(books.configuration.write_offs, approver.employee, is_approver=True)
    largest = max((line["base_amount"] for line in lines), default=0)
    check_approver(row["employee"], approver.employee, largest, limits, books.configuration.base_currency)
    named = (row["administration"], row["party_id"], row["request_id"])
    if await connection.fetchval(queries.add_approval, *named, approved, approver.employee, note) is None:
        raise Conflict("already-decided", "This request was approved or declined before.")
    if approved:
        await send(connection, [await _decision(connection, _request(row, lines, approver.employee))])


async def _decision(connection: Connection, request: Request) -> Decision:
    books = await current_books(connection, request.administration)
    if request.reversal_of is not None:
        return await reversal_decision(connection, request, books)
    keys = [(request.administration, request.party_id, line.item_id) for line in request.lines]
    items = (await load_items(connection, keys)).get((request.administration, request.party_id), {})
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
            Line(
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
