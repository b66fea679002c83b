"""Matching by hand, and undoing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.http import Administration, Clerk, CommandAnswer, IdempotentCommand, RequestBody, run_command
from chassis.service import Runtime
from contracts.event import Identifier
from contracts.money import Currency, NonZeroAmount
from contracts.writeoff import MatchRequested, RequestedContra, RequestedLine
from services.matching.api.runs import UndoRequest
from services.matching.domain.forms import BookingForm, Tolerance
from services.matching.domain.ledger import Entry
from services.matching.operations.foreign_matches import match_currencies
from services.matching.operations.requests import settle_at_once
from services.matching.operations.undoing import undo_match
from services.matching.store.matches import MatchKey, new_ids


class ManualLine(BaseModel):
    """At most this much of an item, in the sign of its open amount."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    item_id: str = Field(min_length=1, max_length=64)
    amount: NonZeroAmount


class ManualMatch(RequestBody):
    """Items that a clerk chose: they settle each other, or go against the contra."""

    currency: Currency
    lines: Annotated[tuple[ManualLine, ...], Field(min_length=1, max_length=1_000)]
    booking: BookingForm
    contra: RequestedContra | None = None


class ForeignMatch(RequestBody):
    """Items of a party in different currencies, settled whole through a journal that allows foreign currency."""

    item_ids: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=1_000)]
    booking: BookingForm
    tolerance: Annotated[Tolerance, Field(description="In minor units of the base currency")] = 0


class BookedLine(BaseModel):
    """What a match did to an item."""

    model_config = ConfigDict(frozen=True)

    item_id: str
    currency: str
    amount: int
    open_amount: int


class Booked(BaseModel):
    """A match that was made."""

    model_config = ConfigDict(frozen=True)

    match_id: UUID
    party_id: str
    method: str
    date: date
    journal: str
    fiscal_year: int
    period: int
    currency: str
    contra_kind: str | None
    contra_amount: int
    contra_journal: str | None
    contra_gl_account: str | None
    contra_item_id: str | None = Field(description="The remainder that the match left")
    base_currency: str = Field(description="Of exchange_difference")
    exchange_difference: int
    reversal_of: UUID | None
    lines: tuple[BookedLine, ...]
    skipped: tuple[dict[str, object], ...]


def booked(entry: Entry) -> Booked:
    """A match as its maker reads it."""
    contra = entry.contra
    return Booked(
        match_id=entry.match_id,
        party_id=entry.party_id,
        method=entry.method,
        date=entry.booking.match_date,
        journal=entry.booking.journal,
        fiscal_year=entry.booking.fiscal_year,
        period=entry.booking.period,
        currency=entry.currency,
        contra_kind=contra.kind if contra else None,
        contra_amount=contra.amount if contra else 0,
        contra_journal=contra.journal if contra else None,
        contra_gl_account=contra.gl_account if contra else None,
        contra_item_id=contra.item_id if contra else None,
        base_currency=entry.booking.base_currency,
        reversal_of=entry.reversal_of,
        exchange_difference=entry.exchange_difference,
        lines=tuple(
            BookedLine(item_id=line.item_id, currency=line.currency, amount=line.amount, open_amount=line.open_amount)
            for line in entry.lines
        ),
        skipped=tuple(entry.skipped),
    )


def match_key(administration: Administration, party_id: str, match_id: UUID) -> MatchKey:
    """The match that a path names."""
    return (administration, party_id, match_id)


def match_router(runtime: Runtime) -> APIRouter:
    """Routes that match and undo."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["matches"])

    @router.post("/parties/{party_id}/matches", status_code=201, response_model=Booked)
    async def match_by_hand(
        administration: Administration, party_id: str, body: ManualMatch, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match the chosen items of one party; refused when one of them is not as open as it was thought to be."""

        async def operation(connection: Connection) -> CommandAnswer:
            (request_id,) = await new_ids(connection, 1)
            request = _request((administration, party_id), body, request_id, actor.employee)
            return CommandAnswer(body=booked(await settle_at_once(connection, request)), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post("/parties/{party_id}/foreign-matches", status_code=201, response_model=Booked)
    async def match_different_currencies(
        administration: Administration, party_id: str, body: ForeignMatch, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match items of different currencies; what they differ by in the base currency is an exchange difference."""

        async def operation(connection: Connection) -> CommandAnswer:
            wish = (body.booking, body.tolerance, actor.employee)
            entry = await match_currencies(connection, (administration, party_id), body.item_ids, wish)
            return CommandAnswer(body=booked(entry), status=201)

        return await run_command(runtime.database, command, operation)

    _add_undo(router, runtime)
    return router


def _add_undo(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/parties/{party_id}/matches/{match_id}/reversal", status_code=201, response_model=Booked)
    async def undo(
        key: Annotated[MatchKey, Depends(match_key)], body: UndoRequest, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Undo a match: its items are open again, exactly as before; refused when its remainder was used."""

        async def operation(connection: Connection) -> CommandAnswer:
            entry = await undo_match(connection, key, body, actor.employee)
            return CommandAnswer(body=booked(entry), status=201)

        return await run_command(runtime.database, command, operation)


def _request(party: tuple[str, str], body: ManualMatch, request_id: UUID, employee: str) -> MatchRequested:
    return MatchRequested(
        administration=party[0],
        party_id=party[1],
        request_id=request_id,
        method="manual",
        currency=body.currency,
        date=body.booking.date,
        journal=body.booking.journal,
        fiscal_year=body.booking.fiscal_year,
        period=body.booking.period,
        lines=tuple(RequestedLine(item_id=line.item_id, amount=line.amount) for line in body.lines),
        contra=body.contra,
        note=body.booking.note,
        employee=employee,
    )
