"""What settled one item, for whoever asks."""

from __future__ import annotations

from chassis.database import Connection
from read_model.postings import UnknownItem
from services.writeoff.domain.requests import Item
from services.writeoff.domain.settled import Parts
from services.writeoff.operations.books import current_books
from services.writeoff.operations.returned_material import settled_parts
from services.writeoff.store.credits import ChargeKey, settled_before
from services.writeoff.store.items import load_items


async def settled_item(connection: Connection, key: ChargeKey) -> tuple[Item, Parts]:
    """The item and what settled it; NotFound for one that was never posted."""
    administration, party_id, item_id = key
    books = await current_books(connection, administration)
    item = (await load_items(connection, [key])).get((administration, party_id), {}).get(item_id)
    if item is None:
        raise UnknownItem(party_id, item_id)
    return item, settled_parts(key, item, await settled_before(connection, [key]), books)
