"""Why an item was proposed as it was, or was not."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chassis.database import Connection
from chassis.http import ToldReason
from chassis.sentences import Sentence
from read_model.parties import get_administration
from read_model.postings import UnknownItem
from services.matching.domain.booking import find_journal
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import PartyChunk, ProposalKey
from services.matching.domain.list_order import ProposedItemPlace, Stretch
from services.matching.domain.why_not_proposed import why_not
from services.matching.operations.zero_balances import within_zero
from services.matching.store import items as item_store
from services.matching.store import proposals as store
from services.matching.store import reports
from services.matching.store import runs as run_store

NOT_ZERO = Sentence("The balance is not zero, or the item was posted after the day at whose end it was.")
PARTY_ITEMS_LIMIT = 5_000
"""Items of a party's proposal that an explanation compares with."""


class ItemInProposal(BaseModel):
    """The group that an item is in and why, or the reasons why it is in none."""

    model_config = ConfigDict(frozen=True)

    proposed: bool
    currency: str | None = Field(default=None, description="Of the amounts in the reasons")
    group_number: int | None = None
    reason: dict[str, Any] | None = None
    not_proposed_because: tuple[ToldReason, ...] = Field(default=())


async def explain(connection: Connection, key: ProposalKey, party_id: str, item_id: str) -> ItemInProposal:
    """Explain an item of a proposal's administration by what the ledger holds now."""
    administration = key.administration
    proposal = await store.get_proposal(connection, key)
    group = await store.group_of(connection, key, party_id, item_id)
    if group:
        return ItemInProposal(
            proposed=True,
            currency=group["currency"],
            group_number=group["group_number"],
            reason=json.loads(group["reason"]),
        )
    # What a run may not take at all: what nobody posted, and what another proposal holds.
    item_key = (administration, party_id, item_id)
    item = (await item_store.load_items(connection, [item_key])).get(item_key)
    if item is None:
        raise UnknownItem(party_id, item_id)
    reservation = await reports.find_reservation(connection, administration, party_id, item_id)
    if reservation and reservation.proposal_id != key.proposal_id:
        said = {"code": "reserved", "proposal_id": str(reservation.proposal_id), "employee": reservation.employee}
        return ItemInProposal(proposed=False, not_proposed_because=(said,))
    # The account as the proposal would see it now: what is free, and what it holds itself.
    form = SelectionForm.model_validate_json(proposal["form"])
    free = await run_store.selected_items(connection, PartyChunk(administration, [party_id]), form)
    own = await store.items(connection, key, party_id, Stretch(ProposedItemPlace(), PARTY_ITEMS_LIMIT))
    held = await item_store.load_items(connection, [(administration, party_id, row["item_id"]) for row in own])
    account = [*free, *(other for other in held.values() if other.open_amount)]
    party = await reports.party_of(connection, administration, party_id)
    # What the journal allows: other currencies than the books' not everywhere.
    configuration = await get_administration(connection, administration)
    journal = find_journal(form.booking.journal, configuration)
    is_allowed = journal.takes(item.currency, configuration.base_currency)
    reasons = why_not(item, account, form, party, is_allowed=is_allowed)
    within, _ = await within_zero(connection, PartyChunk(administration, [party_id]), form, [item])
    if not within and reasons[0]["code"] == "selected-since":
        reasons = [{"code": "not-within-zero-balance", "message": NOT_ZERO}]
    return ItemInProposal(proposed=False, currency=item.currency, not_proposed_because=tuple(reasons))
