"""Items that a clerk chose and that settle each other, or go against a contra: a request that is answered at once."""

from __future__ import annotations

from chassis.database import Connection
from contracts.writeoff import MatchRequested, RequestedLine
from services.matching.domain.forms import ManualMatchForm
from services.matching.domain.ledger import Entry, PartyKey
from services.matching.operations.requests import settle_at_once
from services.matching.store.matches import new_ids


async def match_by_hand(connection: Connection, party: PartyKey, form: ManualMatchForm, employee: str) -> Entry:
    """Match the chosen items of one party.

    Raises Refused naming the field, Conflict when one of them is not as open as it was thought to be.
    """
    (request_id,) = await new_ids(connection, 1)
    request = MatchRequested(
        administration=party.administration,
        party_id=party.party_id,
        request_id=request_id,
        method="manual",
        currency=form.currency,
        date=form.booking.date,
        journal=form.booking.journal,
        fiscal_year=form.booking.fiscal_year,
        period=form.booking.period,
        lines=tuple(RequestedLine(item_id=line.item_id, amount=line.amount) for line in form.lines),
        contra=form.contra,
        note=form.booking.note,
        employee=employee,
    )
    return await settle_at_once(connection, request)
