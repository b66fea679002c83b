"""Debtors whose credits have to be matched before they are reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.database import Connection
from contracts.operators import AdministrationConfigured
from contracts.policies import CreditsFirst
from read_model.unmatched_credits import CreditParties, unmatched_by_party
from services.reminders.domain.members import Member
from services.reminders.domain.profiles import ProfileBook


@dataclass(frozen=True, slots=True)
class CreditPolicies:
    """Who says whether credits come first: the run, else the debtor's profile, else the administration."""

    configuration: AdministrationConfigured
    book: ProfileBook
    of_run: CreditsFirst | None

    def refuse(self, profile: int) -> bool:
        """Whether a debtor of this profile is refused while credits of theirs lie unmatched."""
        return (
            self.of_run or self.book.profiles[profile].unmatched_credits or self.configuration.unmatched_credits
        ) == "refuse"


async def to_be_matched_first(
    connection: Connection, policies: CreditPolicies, by_party: Mapping[str, Sequence[Member]]
) -> list[str]:
    """Those of the debtors that are refused because credits of theirs lie unmatched."""
    configuration = policies.configuration
    asked = [party_id for party_id, members in by_party.items() if policies.refuse(members[0].profile)]
    if not asked:
        return []
    found = await unmatched_by_party(connection, CreditParties(configuration.administration, asked))
    return [party_id for party_id in asked if party_id in found]
