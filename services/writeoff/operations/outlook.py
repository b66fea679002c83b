"""What is known where causes are evaluated: their items, what settled these, and what of that is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from chassis.database import Connection
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import CauseEvent, names_in, propose
from services.writeoff.domain.credits import Undoing, Undoings, freed_amounts
from services.writeoff.domain.requests import Item, PartyItems, PartyKey
from services.writeoff.domain.rules import Proposal
from services.writeoff.operations.returned_material import find_undoings, settled_parts
from services.writeoff.store import credits as store
from services.writeoff.store.credits import SettledBefore
from services.writeoff.store.items import load_named_items


class Cause(NamedTuple):
    """A remembered event, whom it concerns, and the day on which what it causes is booked.

    `is_again` says that it was carried out once, and that something turned out to have been settled before that.
    """

    event: CauseEvent
    party: PartyKey
    date: date
    is_again: bool = False


class Outlook(NamedTuple):
    """What is known where causes are evaluated: items, books, what settled the items, and what is undone for them."""

    items: PartyItems
    books: Mapping[str, Books]
    before: SettledBefore
    undone: Mapping[PartyKey, Undoings]

    def undoings(self, party: PartyKey) -> Sequence[Undoing]:
        """The settlements of a party that are undone."""
        found = self.undone.get(party)
        return found.found if found is not None else ()


async def look_ahead(connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]) -> Outlook:
    """What settled the items of these causes, and what of it is undone."""
    items = await _named_items(connection, causes, books)
    bare = Outlook(items, books, SettledBefore({}, {}, {}), {})
    settled = [
        (cause, proposal) for cause in causes for proposal in proposals_of(cause, bare) if proposal.settled_amount > 0
    ]
    if not settled:
        return bare
    keys = [(*cause.party, proposal.item_id) for cause, proposal in settled]
    before = await store.settled_before(connection, keys)
    taken_back: dict[PartyKey, set[str]] = {}
    for cause, proposal in settled:
        item = items[cause.party][proposal.item_id]
        if gives_back(proposal, item, books[cause.party[0]]):
            taken_back.setdefault(cause.party, set()).add(proposal.item_id)
    return Outlook(items, books, before, find_undoings(before, taken_back, books))


def gives_back(proposal: Proposal, item: Item, books: Books) -> bool:
    """Whether what was paid of an item is given back by the rule that takes it."""
    is_taken = proposal.code in {"asked", "nothing-open"}
    return is_taken and books.gives_back(proposal.rule, item.kind, is_on_note=item.note_id is not None)


def proposals_of(cause: Cause, outlook: Outlook) -> list[Proposal]:
    """What a cause comes to when the settlements are undone."""
    known = outlook.items.get(cause.party)
    if known is None:
        return []
    books = outlook.books[cause.party[0]]
    found = propose(cause.event, known.values(), books)
    own = {one.item_id for one in found if gives_back(one, known[one.item_id], books)}
    undone = freed_amounts(outlook.undoings(cause.party))
    freed = {item_id: amount for item_id, amount in undone.items() if item_id in own}
    if freed:
        reopened = [item._replace(open_amount=item.open_amount + freed.get(item.item_id, 0)) for item in known.values()]
        settled = {proposal.item_id: proposal.settled_amount for proposal in found}
        found = [
            proposal._replace(settled_amount=settled[proposal.item_id])
            for proposal in propose(cause.event, reopened, books)
        ]
    return [_with_parts(cause, proposal, outlook) for proposal in found]


def _with_parts(cause: Cause, proposal: Proposal, outlook: Outlook) -> Proposal:
    """The proposal with what had settled its item, and why what money settled is not given back."""
    if not proposal.settled_amount:
        return proposal
    item, books = outlook.items[cause.party][proposal.item_id], outlook.books[cause.party[0]]
    parts = settled_parts((*cause.party, item.item_id), item, outlook.before, books)
    kept = outlook.undone[cause.party].kept.get(item.item_id) if cause.party in outlook.undone else None
    if kept is None and parts.paid and not gives_back(proposal, item, books):
        kept = "not-by-rule"
    return proposal._replace(parts=parts, kept_code=kept)


async def _named_items(
    connection: Connection, causes: Sequence[Cause], books: Mapping[str, Books]
) -> dict[PartyKey, dict[str, Item]]:
    names = [(cause.party, name) for cause in causes for name in names_in(cause.event, books[cause.party[0]])]
    return await load_named_items(connection, names) if names else {}
