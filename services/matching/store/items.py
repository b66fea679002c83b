"""Items in the ledger: posting, changing, locking, loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter

from chassis.database import Connection, all_new, columns, copy_new
from chassis.queries import load_queries
from contracts.library import Facts, ItemChanged, ItemPosted
from read_model.postings import Identity, Postings, stored_facts
from read_model.versions import Key, Standing, standing
from services.matching.domain.ledger import ItemKey, LedgerItem
from services.matching.store import QUERIES

_CHANGES = TypeAdapter(list[ItemChanged])

ITEM_COLUMNS = (
    "administration",
    "party_id",
    "item_id",
    "amount",
    "base_amount",
    "item_date",
    "due_date",
    "payment_terms_days",
    "kind",
    "currency",
    "journal",
    "voucher",
    "payment_method",
    "description",
    "branch",
    "invoice_number",
    "reference",
)
_OPEN_FIELDS = ("administration", "party_id", "currency", "item_date", "voucher", "item_id", "amount")
OPEN_COLUMNS = (*_OPEN_FIELDS, "open_amount", "open_base_amount", "side", "held", "version")
_STATE_FIELDS = (
    "administration",
    "party_id",
    "item_id",
    "due_date",
    "blocked",
    "in_payment_run",
    "on_bank_statement",
    "processed",
    "status",
)
STATE_COLUMNS = (*_STATE_FIELDS, "version")

_item_values = itemgetter(*ITEM_COLUMNS)
_open_values = itemgetter(*_OPEN_FIELDS)
_state_values = itemgetter(*_STATE_FIELDS)


async def post_items(connection: Connection, postings: Postings) -> dict[Identity, Facts]:
    """Post new items with all of their amount open; gives what never changes of those that were posted before."""
    if not postings:
        return {}
    if await all_new(connection, partial(_copy, connection, list(postings.values()))):
        return {}
    stored = await posted_facts(connection, postings)
    await _copy(connection, [event for identity, event in postings.items() if identity not in stored])
    return stored


async def posted_facts(connection: Connection, items: Iterable[Identity]) -> dict[Identity, Facts]:
    """What never changes of those of the items that are posted."""
    return stored_facts(await connection.fetch(load_queries(QUERIES).posted_items, *columns(items, 3)))


async def _copy(connection: Connection, events: Sequence[ItemPosted]) -> None:
    """Accounts before their items: in this order every transaction takes its locks."""
    parties = sorted({(event.administration, event.party_id) for event in events})
    await connection.execute(
        load_queries(QUERIES).open_accounts, [party[0] for party in parties], [party[1] for party in parties]
    )
    await copy_new(connection, "item", ITEM_COLUMNS, [_item_values(event.__dict__) for event in events])
    await copy_new(connection, "open_item", OPEN_COLUMNS, [_open_row(event) for event in events])
    stated = [_state_values(event.__dict__) for event in events if _is_stated(event)]
    await copy_new(connection, "item_state", STATE_COLUMNS, [(*values, 0) for values in stated])


def _open_row(event: ItemPosted) -> tuple[Any, ...]:
    side = 1 if event.amount > 0 else -1
    held = event.in_payment_run or event.on_bank_statement
    return (*_open_values(event.__dict__), event.amount, event.base_amount, side, held, 0)


def _is_stated(event: ItemPosted) -> bool:
    """Whether the posting says more of the item's state than what an item without a row there has."""
    held = event.blocked or event.in_payment_run or event.on_bank_statement
    return held or not event.processed or event.status != "open"


async def stored_states(connection: Connection, keys: Iterable[ItemKey]) -> dict[Key, Standing]:
    """The state of those of the items that were changed."""
    rows = await connection.fetch(load_queries(QUERIES).stored_states, *columns(sorted(keys), 3))
    return standing(rows, 3)


async def change_items(connection: Connection, events: Sequence[ItemChanged]) -> None:
    """Take over whole states of posted items, one event per item; an older version changes nothing."""
    if events:
        await connection.fetchval(load_queries(QUERIES).change_items, _CHANGES.dump_json(list(events)).decode())


@dataclass(frozen=True, slots=True)
class ItemMark:
    """How far an item was pursued: reminded up to a level, 0 for never, or taken to the bailiff."""

    reminder_level: int = 0
    at_bailiff: bool = False


async def mark_items(connection: Connection, marks: Mapping[ItemKey, ItemMark]) -> None:
    """Mark posted items as reminded or taken to the bailiff."""
    keys = sorted(marks)
    await connection.execute(
        load_queries(QUERIES).mark_items,
        *columns(keys, 3),
        [marks[key].reminder_level for key in keys],
        [marks[key].at_bailiff for key in keys],
    )


async def lock_parties(connection: Connection, parties: Iterable[tuple[str, str]]) -> None:
    """Lock accounts, in key order, before anything that is open on them may change."""
    wanted = sorted(set(parties))
    await connection.fetch(
        load_queries(QUERIES).lock_parties, [party[0] for party in wanted], [party[1] for party in wanted]
    )


async def load_items(connection: Connection, keys: Iterable[ItemKey]) -> dict[ItemKey, LedgerItem]:
    """The items that were posted, with what is open of them now."""
    rows = await connection.fetch(load_queries(QUERIES).items_by_id, *columns(sorted(set(keys)), 3))
    items = (LedgerItem(**row) for row in rows)
    return {item.key: item for item in items}
