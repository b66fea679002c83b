"""A library that goes on working while things break: it sends again until it is acknowledged, and keeps what was."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import asyncpg
from httpx import AsyncClient

from chassis.settings import ServiceName
from contracts.event import Event
from contracts.library import ItemPosted
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.integration.stack import Running, drained, open_totals
from tests.services.writeoff.library import ADMINISTRATION, configured, party, posted, requested
from tests.support.desk import app_of, client_of

PARTIES = 12
ITEMS_PER_STEP = 3
EARLY = 0.3
"""How often a write-off is asked for before its charge is posted."""
HEAL_LIMIT_SECONDS = 60.0
"""So soon after the last fault everything is drained."""
PAUSE_SECONDS = 0.05
ATTEMPTS = 1_200
NAMESPACE = UUID("0d9a2c1c-6f0e-4b2b-9c53-5f1f4a52f0aa")


class Trade:
    """Sends postings, and write-offs of what was posted, by HTTP to the ledger, which takes events of others."""

    def __init__(self, ledger: Running, issuer: Issuer, seed: int) -> None:
        self.client: AsyncClient = client_of(app_of(ledger.service, ledger.runtime, issuer), always_answers=True)
        self.headers = issuer.bearer(
            sub="e.maes", administrations=[ADMINISTRATION], roles=["clerk", "operator"], exp=4_000_000_000
        )
        self.chance = random.Random(seed)
        self.seed = seed
        self.items: dict[str, ItemPosted] = {}
        self.written_off: dict[UUID, str] = {}
        self.steps = 0
        self.refusals = 0

    async def open_books(self) -> None:
        """The administration and its borrowers."""
        await self.send(configured(), *(party(f"P{number}") for number in range(PARTIES)))

    async def step(self) -> None:
        """Post some charges on one party, and write off one that was acknowledged before, or one of these."""
        number, self.steps = self.steps, self.steps + 1
        candidates = sorted(set(self.items) - set(self.written_off.values()))
        items = [self.charge(f"I{number}-{index}") for index in range(ITEMS_PER_STEP)]
        if self.chance.random() < EARLY:
            await self.write_off(items[0])
        await self.post(*items)
        if candidates:
            await self.write_off(self.items[self.chance.choice(candidates)])

    def charge(self, item_id: str) -> ItemPosted:
        """A charge on a borrower, not sent yet."""
        return posted(item_id, self.chance.randrange(1, 5_000), party_id=f"P{self.steps % PARTIES}")

    async def post(self, *items: ItemPosted) -> None:
        """Post charges."""
        await self.send(*items)
        self.items |= {item.item_id: item for item in items}

    async def write_off(self, item: ItemPosted) -> None:
        """Ask for the write-off of a charge, which may not be posted yet: then the request waits for it."""
        ids = [uuid5(NAMESPACE, f"{self.seed}-{item.item_id}-{what}") for what in ("request", "batch")]
        wish = {item.item_id: item.amount}
        await self.send(requested(wish, party_id=item.party_id, request_id=ids[0], batch_id=ids[1]))
        self.written_off[ids[0]] = item.item_id

    async def go_on(self, over: asyncio.Event, pause_seconds: float = 0.0) -> None:
        """Step after step until it is over."""
        while not over.is_set():
            await self.step()
            await asyncio.sleep(pause_seconds)

    async def send(self, *events: Event) -> None:
        """Send a batch until it is acknowledged, always under the same key."""
        body = {"events": [{"topic": event.topic, "data": _json(event)} for event in events]}
        key = {"idempotency-key": str(uuid5(NAMESPACE, f"{self.seed}-{events[0].model_dump_json()}"))}
        for _ in range(ATTEMPTS):
            answer = await self.client.post("/v1/events", json=body, headers=self.headers | key)
            if answer.status_code == 202:
                assert answer.json()["accepted"] == len(events), answer.text
                return
            assert answer.status_code >= 500, answer.text
            self.refusals += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError("it is never acknowledged")

    def owed(self) -> dict[tuple[str, str], int]:
        """What is open by party and currency, where that is not zero."""
        totals: Counter[tuple[str, str]] = Counter()
        gone = set(self.written_off.values())
        for item in self.items.values():
            totals[item.party_id, item.currency] += 0 if item.item_id in gone else item.amount
        return {key: total for key, total in totals.items() if total}


def _json(event: Event) -> Any:
    return event.model_dump(mode="json", exclude_none=True)


async def healed(database: FreshDatabase, services: Sequence[Running], trade: Trade) -> None:
    """All services drain in time, and have what was acknowledged, once, and nothing else."""
    await drained(services, HEAL_LIMIT_SECONDS)
    names: list[ServiceName] = [service.service.name for service in services]
    assert trade.items
    assert await open_totals(database, names) == dict.fromkeys(names, trade.owed())
    connection = await asyncpg.connect(database.owner_url)
    try:
        for name in names:
            for table in ("waiting_event", "dead_letter"):
                assert await connection.fetch(f"SELECT topic FROM {name}.{table}") == [], (name, table)  # noqa: S608 - names of ours
        matches = await connection.fetch("SELECT item_ids FROM matching.match")
        assert sorted(item for row in matches for item in row["item_ids"]) == sorted(trade.written_off.values())
        if "writeoff" in names:
            entries = await connection.fetch("SELECT item_id FROM writeoff.entry_line WHERE position > 0")
            assert sorted(row["item_id"] for row in entries) == sorted(trade.written_off.values())
    finally:
        await connection.close()
