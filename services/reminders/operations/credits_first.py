"""Debtors whose credits have to be matched before they are reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.database import Connection
from contracts.operators import AdministrationConfigured
from read_model.unmatched_credits import CreditParties, unmatched_by_party
from services.reminders.domain.members import Member
from services.reminders.domain.profiles import ProfileBook


async def to_be_matched_first(
    connection: Connection,
    configuration: AdministrationConfigured,
    book: ProfileBook,
    by_party: Mapping[str, Sequence[Member]],
) -> list[str]:
    """Those of the debtors that are refused because credits of theirs lie unmatched.

    Their profile asks for it, or the administration does where the profile says nothing.
    """
    asked = [
        party_id
        for party_id, members in by_party.items()
        if (book.profiles[members[0].profile].unmatched_credits or configuration.unmatched_credits) == "refuse"
    ]
    if not asked:
        return []
    found = await unmatched_by_party(connection, CreditParties(configuration.administration, asked))
    return [party_id for party_id in asked if party_id in found]
