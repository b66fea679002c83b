"""Matching by hand, and undoing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from chassis.database import Connection
from chassis.http import (
    Administration,
    Clerk,
    CommandAnswer,
    IdempotentCommand,
    RequestBody,
    View,
    run_command,
)
from chassis.service import Runtime
from services.matching.api.runs import UndoRequest
from services.matching.domain.forms import ForeignMatchForm, ManualMatchForm
from services.matching.domain.ledger import Entry, MatchKey, PartyKey
from services.matching.operations.foreign_matches import match_currencies
from services.matching.operations.manual_matches import match_by_hand
from services.matching.operations.undoing import undo_match


class ManualMatch(RequestBody, ManualMatchForm):
    """Which items are matched, for how much, and against what."""


class ForeignMatch(RequestBody, ForeignMatchForm):
    """Which items of different currencies are matched."""


class BookedLine(View):
    """What a match did to an item."""

    item_id: str
    currency: str
    amount: int
    open_amount: int


class Booked(View):
    """A match that was made."""

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
    return MatchKey(administration, party_id, match_id)


def match_router(runtime: Runtime) -> APIRouter:
    """Routes that match and undo."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["matches"])

    @router.post("/parties/{party_id}/matches", status_code=201, response_model=Booked)
    async def match_chosen(
        administration: Administration, party_id: str, body: ManualMatch, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match the chosen items of one party; refused when one of them is not as open as it was thought to be."""

        async def operation(connection: Connection) -> CommandAnswer:
            party = PartyKey(administration, party_id)
            return CommandAnswer(body=booked(await match_by_hand(connection, party, body, actor.employee)), status=201)

        return await run_command(runtime.database, command, operation)

    @router.post("/parties/{party_id}/foreign-matches", status_code=201, response_model=Booked)
    async def match_different_currencies(
        administration: Administration, party_id: str, body: ForeignMatch, actor: Clerk, command: IdempotentCommand
    ) -> Response:
        """Match items of different currencies; what they differ by in the base currency is an exchange difference."""

        async def operation(connection: Connection) -> CommandAnswer:
            party = PartyKey(administration, party_id)
            return CommandAnswer(
                body=booked(await match_currencies(connection, party, body, actor.employee)), status=201
            )

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
