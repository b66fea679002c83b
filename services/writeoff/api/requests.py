"""Requests: what was asked for, what awaits an approval, and what became of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from pydantic_core import from_json

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.http import DEFAULT_LIMIT, Administration, Cursor, Keyset, Limit, Page, Told, View, shown_as
from chassis.service import Runtime
from services.writeoff.store import requests as store


class RequestLine(View):
    """One item of a request on one journal, with what became of it; amounts in minor units."""

    item_id: str
    journal: str
    currency: str
    amount: int
    written_off: int
    code: str | None = Field(description="Why it was left out")
    message: Told | None


class RequestAnswer(View):
    """A question to the ledger and its answer; `match_id` is the write-off, `code` a refusal, neither yet is open."""

    ask_id: UUID
    journal: str
    currency: str
    asked_at: datetime
    match_id: UUID | None
    code: str | None
    message: Told | None
    items: int | None
    amount: int | None
    answered_at: datetime | None


class RequestView(View):
    """A request: by hand, by a rule, of a batch, or a reversal."""

    request_id: UUID
    party_id: str
    state: str = Field(description="awaiting-approval, declined, asked or answered")
    origin: str
    batch_id: UUID | None
    rule: str | None
    cause_topic: str | None
    cause_key: str | None
    reversal_of: UUID | None
    date: date
    note: str
    employee: str
    needs_approval: str | None = Field(description="The limit that made an approval necessary")
    approved_by: str | None
    requested_at: datetime
    match_id: UUID | None = Field(description="The write-off, where the request led to exactly one")
    lines: list[RequestLine]
    answers: list[RequestAnswer]


class AwaitingApproval(View):
    """A request that nobody approved or declined yet; `amount` in minor units of the base currency."""

    request_id: UUID
    party_id: str
    origin: str
    reversal_of: UUID | None
    date: date
    note: str
    employee: str
    needs_approval: str
    requested_at: datetime
    items: int
    base_amount: int


_APPROVALS = Keyset("approvals", store.ApprovalPlace)
_FIRST = store.ApprovalPlace(datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def request_router(runtime: Runtime) -> APIRouter:
    """Outcomes of requests, and those that wait for somebody."""
    router = APIRouter()

    @router.get("/requests/{request_id}")
    async def request(administration: Administration, request_id: UUID) -> RequestView:
        """One request with its lines and the ledger's answers."""
        async with runtime.database.snapshot() as connection:
            return await get_request(connection, administration, request_id)

    @router.get("/approvals")
    async def approvals(
        administration: Administration, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[AwaitingApproval]:
        """Requests above a limit that await another employee's approval, oldest first."""
        after = _APPROVALS.decode(cursor) or _FIRST
        async with runtime.database.snapshot() as connection:
            rows = await store.list_awaiting_approval(connection, administration, after, limit + 1)
        return _APPROVALS.page(
            rows,
            limit,
            key=lambda row: store.ApprovalPlace(row["requested_at"], row["request_id"]),
            show=shown_as(AwaitingApproval),
        )

    return router


async def get_request(connection: Connection, administration: str, request_id: UUID) -> RequestView:
    """A request as it stands; NotFound when there is none."""
    row = await store.show_request(connection, administration, request_id)
    if row is None:
        raise NotFound(
            "unknown-request",
            "No request has the id {request_id}.",
            request_id=request_id,
            field="request_id",
            remedy="See what awaits approval, or the history of the item.",
        )
    lines, answers = from_json(row["lines"]), from_json(row["answers"])
    matches = [answer["match_id"] for answer in answers if answer["match_id"] is not None]
    match_id = matches[0] if len(matches) == 1 else None
    return RequestView.model_validate({**dict(row), "match_id": match_id, "lines": lines, "answers": answers})
