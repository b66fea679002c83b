"""How long one event takes to all four services while another administration imports, against how long it takes alone.

Both come by HTTP's way: an outbox, the relay, the broker. The floor is the same event on an idle stack.
"""

from __future__ import annotations

import asyncio
import time
from statistics import median

import asyncpg

from chassis.database import Database, OwnConnection, open_database
from chassis.outbox import OutboxEvent, add_to_outbox
from contracts.library import ItemPosted
from deploy.embedded.postgres.databases import DATABASE
from services.matching.app import SERVICE as MATCHING
from tests.bench.giant import SERVICES, Progress, serving
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, say, stage, table
from tests.events import posted

EVENTS, EVENTS_LEAST = 200_000, 8_000
PARTIES = 20_000
CHUNK_EVENTS = 1_000
SINGLE = 9
"""Events of the other administration, one after the other; the median counts."""
POLL_SECONDS = 0.02
LIMIT_SECONDS = 600.0
ARRIVED = " UNION ALL ".join(
    f"SELECT 1 FROM {service.name}.item WHERE administration = 'small' AND item_id = $1"  # noqa: S608 - names of ours
    for service in SERVICES
)
LEFT = "SELECT count(*) FROM matching.outbox WHERE published_at IS NULL"


def event(administration: str, party_id: str, item_id: str) -> OutboxEvent:
    """A posting as the door keeps it."""
    found: ItemPosted = posted(item_id, administration=administration, party_id=party_id)
    return OutboxEvent(
        found.topic, found.key, found.model_dump_json(exclude_unset=True).encode(), item_id, "http/bench"
    )


async def tell(ledger: Database, count: int) -> None:
    """An import: as many requests as fit, one after the other."""
    for start in range(0, count, CHUNK_EVENTS):
        events = [
            event("large", f"P{number % PARTIES:06}", f"I{number:08}")
            for number in range(start, min(start + CHUNK_EVENTS, count))
        ]
        async with ledger.transaction() as connection:
            await add_to_outbox(connection, events)


async def single_seconds(ledger: Database, owner: OwnConnection, item_id: str) -> float:
    """One event of the other administration, until all four services have it."""
    begun = time.perf_counter()
    async with ledger.transaction() as connection:
        await add_to_outbox(connection, [event("small", f"Q{item_id}", item_id)])
    for _ in range(int(LIMIT_SECONDS / POLL_SECONDS)):
        if len(await owner.fetch(ARRIVED, item_id)) == len(SERVICES):
            return time.perf_counter() - begun
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError


async def measured(ledger: Database, owner: OwnConnection, progress: Progress, events: int) -> Figures:
    """The median alone, and beside an import that goes on."""
    await single_seconds(ledger, owner, "FIRST")  # the groups are joined by then
    alone = [await single_seconds(ledger, owner, f"A{number}") for number in range(SINGLE)]
    begun = time.perf_counter()
    importing = asyncio.create_task(tell(ledger, events))
    beside: list[float] = []
    waiting = 0
    while len(beside) < SINGLE:
        waiting = max(waiting, await owner.fetchval(LEFT))
        beside.append(await single_seconds(ledger, owner, f"B{len(beside)}"))
    await importing
    await progress.all_drained()
    whole = time.perf_counter() - begun
    return {
        "work": "one event beside an import",
        "events": events,
        "alone_ms": median(alone) * 1_000,
        "beside_ms": median(beside) * 1_000,
        "worst_ms": max(beside) * 1_000,
        "ratio": median(beside) / median(alone),
        "outbox_events": waiting,
        "seconds": whole,
        "per_second": events / whole,
    }


async def measure(scale: float) -> list[Figures]:
    """Four services, an import and one event at a time."""
    async with stage(*SERVICES) as at:
        owner = await asyncpg.connect(at.postgres.url(database=DATABASE))
        ledger = await open_database(at.settings(MATCHING))
        try:
            async with serving(at) as progress:
                await progress.all_drained()
                return [await measured(ledger, owner, progress, scaled(EVENTS, scale, EVENTS_LEAST))]
        finally:
            await ledger.close()
            await owner.close()


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table("One event beside another administration's import (floor: alone)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
