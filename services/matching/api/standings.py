"""How an import compares with the ledger: its items and parties, its requests to match, and where it may book them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.http import Administration, RequestBody, RequestPart, Told, View
from chassis.service import Runtime
from contracts.event import Code, EventDate, Identifier
from contracts.money import Currency
from read_model.standings import MAX_ASKED, MAX_BODY_BYTES, add_standing_routes
from services.matching.operations.imports import AskedBooking, booking_refusals, match_answers
from services.matching.store import QUERIES

MAX_BOOKINGS = 100


class AskedRequest(RequestPart):
    """A match request that somebody published."""

    party_id: Identifier
    request_id: UUID


class AskedRequests(RequestBody):
    """Match requests, told apart by their place in this list."""

    requests: Annotated[tuple[AskedRequest, ...], Field(min_length=1, max_length=MAX_ASKED)]


class Answered(View):
    """A request that was answered: by a match, or refused with this code."""

    index: int
    code: str | None


class AnsweredRequests(View):
    """Those of the requests that were answered; the others wait, or have not come."""

    answered: tuple[Answered, ...]


class WantedBooking(RequestPart):
    """Where items in a currency would be matched."""

    journal: Code
    date: EventDate
    currency: Currency


class WantedBookings(RequestBody):
    """Bookings, told apart by their place in this list."""

    bookings: Annotated[tuple[WantedBooking, ...], Field(min_length=1, max_length=MAX_BOOKINGS)]


class RefusedBooking(View):
    """A booking that would be refused."""

    index: int
    code: str
    message: Told
    field: str | None
    remedy: Told | None


class BookingStandings(View):
    """Those of the bookings that would be refused as the administration is configured now."""

    refused: tuple[RefusedBooking, ...]


def standing_router(runtime: Runtime) -> APIRouter:
    """Routes that compare what somebody would tell with the ledger, and store nothing."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["imports"])
    add_standing_routes(router, runtime, QUERIES)

    @router.post("/standings/match-requests", max_body_size=MAX_BODY_BYTES)
    async def request_standings(administration: Administration, body: AskedRequests) -> AnsweredRequests:
        """Which of these match requests were answered, and how."""
        asked = [(request.party_id, request.request_id) for request in body.requests]
        async with runtime.database.snapshot() as connection:
            answers = await match_answers(connection, administration, asked)
        return AnsweredRequests(answered=tuple(Answered(index=at, code=code) for at, code in answers.items()))

    @router.post("/standings/bookings")
    async def booking_standings(administration: Administration, body: WantedBookings) -> BookingStandings:
        """Which of these bookings would be refused: by their day, their journal, or its currencies."""
        asked = [AskedBooking(one.journal, one.date, one.currency) for one in body.bookings]
        async with runtime.database.snapshot() as connection:
            refusals = await booking_refusals(connection, administration, asked)
        refused = (
            RefusedBooking(index=at, code=one.code, message=one.message, field=one.field, remedy=one.remedy)
            for at, one in refusals.items()
        )
        return BookingStandings(refused=tuple(refused))

    return router
