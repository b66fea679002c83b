"""Why no run takes an item, whatever its criteria are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A proposal that holds an item for its employee until an instant."""

    proposal_id: UUID
    employee: str
    expires_at: datetime


def obstacles(
    *, open_amount: int, in_payment_run: bool, on_bank_statement: bool, reservation: Reservation | None
) -> tuple[Sentence, ...]:
    """What keeps every run from an item now, each as a clause for people; empty when a run may take it."""
    found = []
    if open_amount == 0:
        found.append(Sentence("nothing is open any more"))
    if in_payment_run:
        found.append(Sentence("it is in a payment run"))
    if on_bank_statement:
        found.append(Sentence("it is on a bank statement that was read"))
    if reservation:
        found.append(
            Sentence(
                "proposal {proposal_id} of {employee} holds it until {expires_at}",
                proposal_id=reservation.proposal_id,
                employee=reservation.employee,
                expires_at=reservation.expires_at,
            )
        )
    return tuple(found)
