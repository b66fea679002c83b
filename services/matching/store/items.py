"""Items in the ledger: posting, changing, locking, loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import TypeAdapter

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.library import ItemChanged, ItemPosted
from services.matching.domain.ledger import ItemKey, LedgerItem

PACKAGE = "services.matching"
_POSTINGS = TypeAdapter(list[ItemPosted])
_CHANGES = TypeAdapter(list[ItemChanged])


async def post_items(connection: Connection, events: Sequence[ItemPosted]) -> int:
    """Post items, one event per identity, with all of their amount open; gives how many were not posted before."""
    if not events:
        return 0
    fingerprints = [event.fingerprint() for event in events]
    posted = await connection.fetchval(
        load_queries(PACKAGE).post_items, _POSTINGS.dump_json(list(events), exclude_none=True).decode(), fingerprints
    )
    return int(posted)


async def contradicting_items(connection: Connection, events: Sequence[ItemPosted]) -> list[int]:
    """Positions of the events that say something else than the stored posting of their item."""
    keys = columns((event.administration, event.party_id, event.item_id) for event in events)
    fingerprints = [event.fingerprint() for event in events]
    rows = await connection.fetch(load_queries(PACKAGE).contradicting_items, *keys, fingerprints)
    return [row["position"] - 1 for row in rows]


async def change_items(connection: Connection, events: Sequence[ItemChanged]) -> None:
    """Take over whole states of posted items, one event per item; an older version changes nothing."""
    if events:
        await connection.fetchval(load_queries(PACKAGE).change_items, _CHANGES.dump_json(list(events)).decode())


async def mark_items(connection: Connection, marks: Mapping[ItemKey, tuple[int, bool]]) -> None:
    """Mark posted items as reminded (level, 0 for not) or taken to the bailiff."""
    keys = sorted(marks)
    await connection.execute(
        load_queries(PACKAGE).mark_items,
        *columns(keys),
        [marks[key][0] for key in keys],
        [marks[key][1] for key in keys],
    )


async def unknown_items(connection: Connection, keys: Sequence[ItemKey]) -> set[ItemKey]:
    """Those of the items that were never posted."""
    rows = await connection.fetch(load_queries(PACKAGE).unknown_items, *columns(keys))
    return {keys[row["position"] - 1] for row in rows}


async def lock_parties(connection: Connection, parties: Iterable[tuple[str, str]]) -> None:
    """Lock accounts, in key order, before anything that is open on them may change."""
    wanted = sorted(set(parties))
    await connection.fetch(
        load_queries(PACKAGE).lock_parties, [party[0] for party in wanted], [party[1] for party in wanted]
    )


async def load_items(connection: Connection, keys: Iterable[ItemKey]) -> dict[ItemKey, LedgerItem]:
    """The items that were posted, with what is open of them now."""
    rows = await connection.fetch(load_queries(PACKAGE).items_by_id, *columns(sorted(set(keys))))
    items = (LedgerItem(**row) for row in rows)
    return {item.key: item for item in items}


def columns(keys: Iterable[ItemKey]) -> tuple[list[str], list[str], list[str]]:
    """Keys as the parallel arrays that the queries take."""
    listed = list(keys)
    return [key[0] for key in listed], [key[1] for key in listed], [key[2] for key in listed]
