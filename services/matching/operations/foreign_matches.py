"""Items of different currencies, matched by hand."""

from __future__ import annotations

from chassis.database import Connection
from chassis.errors import Conflict
from read_model.parties import get_administration
from read_model.postings import UnknownItem
from services.matching.domain.authority import check_conversion
from services.matching.domain.booking import check_booking, check_foreign_currency, find_journal
from services.matching.domain.forms import ForeignMatchForm
from services.matching.domain.grouping import match_mixed
from services.matching.domain.ledger import Entry, PartyKey
from services.matching.store import items as item_store
from services.matching.store import matches as match_store


async def match_currencies(connection: Connection, party: PartyKey, form: ForeignMatchForm, employee: str) -> Entry:
    """Settle items of a party whole.

    Raises NotFound, Conflict or Refused naming what stands in the way.
    """
    configuration = await get_administration(connection, party.administration)
    booking = check_booking(form.booking.wish(employee), configuration)
    check_foreign_currency(find_journal(form.booking.journal, configuration))
    check_conversion(form.tolerance, configuration)
    await item_store.lock_parties(connection, [party])
    loaded = await item_store.load_items(connection, [(*party, item_id) for item_id in form.item_ids])
    items = {item.item_id: item for item in loaded.values()}
    for item_id in form.item_ids:
        if item_id not in items:
            raise UnknownItem(party.party_id, item_id, "item_ids")
        if items[item_id].open_amount == 0:
            raise Conflict(
                "settled-meanwhile",
                "Nothing is open of item {item_id} any more.",
                item_id=item_id,
                field="item_ids",
                remedy="Leave the item out.",
            )
    (match_id,) = await match_store.new_ids(connection, 1)
    entry = match_mixed(list(items.values()), booking, "manual", form.tolerance, match_id)
    await match_store.append_matches(connection, [entry])
    return entry
