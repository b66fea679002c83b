"""Items of different currencies, matched by hand."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Connection
from chassis.errors import Conflict
from read_model.parties import get_administration
from read_model.postings import UnknownItem
from services.matching.domain.booking import check_booking, check_foreign_currency, find_journal
from services.matching.domain.forms import BookingForm
from services.matching.domain.grouping import match_mixed
from services.matching.domain.ledger import Entry
from services.matching.store import items as item_store
from services.matching.store import matches as match_store


async def match_currencies(
    connection: Connection, party: tuple[str, str], item_ids: Sequence[str], wish: tuple[BookingForm, int, str]
) -> Entry:
    """Settle items of a party whole; `wish` is the booking, the tolerance in the base currency, and the employee.

    Raises NotFound, Conflict or Refused naming what stands in the way.
    """
    form, tolerance, employee = wish
    administration, party_id = party
    configuration = await get_administration(connection, administration)
    booking = check_booking(form.wish(employee), configuration)
    check_foreign_currency(find_journal(form.journal, configuration))
    await item_store.lock_parties(connection, [party])
    keys = [(administration, party_id, item_id) for item_id in item_ids]
    items = await item_store.load_items(connection, keys)
    for key in keys:
        if key not in items:
            raise UnknownItem(party_id, key[2], "item_ids")
        if items[key].open_amount == 0:
            raise Conflict(
                "settled-meanwhile", "Nothing is open of item {item_id} any more.", item_id=key[2], field="item_ids"
            )
    (match_id,) = await match_store.new_ids(connection, 1)
    entry = match_mixed(list(items.values()), booking, "manual", tolerance, match_id)
    await match_store.append_matches(connection, [entry])
    return entry
