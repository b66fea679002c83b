"""What one account costs grows with its items, and no faster: by rows that PostgreSQL reads, never by time."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.database import Connection, open_database
from contracts.event import Event
from contracts.library import MaterialReturned
from contracts.matching import ItemsMatched
from tests.databases import FreshDatabase
from tests.declared import declared_services
from tests.events import event_of, received
from tests.services.matching.library import ADMINISTRATION, changed, configured, posted, requested
from tests.services.writeoff.library import requested as writeoff_requested

SMALL, TIMES = 800, 4
LINES = 200
"""Of a match: so a giant account has many matches, each of many lines."""
SLACK = 1.3
"""Linear is TIMES as much; a plan may change with the size, and trees are a level deeper."""
READ = "SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
SERVICES = declared_services()


@dataclass(frozen=True, slots=True)
class Account:
    """One party of as many charges, each on a note, as credits."""

    party_id: str
    items: int

    def postings(self) -> list[Event]:
        return [
            posted(item_id, amount, party_id=self.party_id, note_id=f"N{number}" if amount > 0 else None)
            for number in range(self.items // 2)
            for item_id, amount in ((f"I{number:06}", 1000), (f"C{number:06}", -1000))
        ]

    def changes(self) -> list[Event]:
        return [changed(f"I{number:06}", party_id=self.party_id) for number in range(self.items // 2)]

    def matches(self, *, undone: bool = False) -> Iterator[Event]:
        for number, start in enumerate(range(0, self.items // 2, LINES // 2)):
            lines: list[dict[str, Any]] = [
                {
                    "item_id": f"{side}{place:06}",
                    "amount": amount,
                    "open_amount": -amount if undone else 0,
                    "version": 1,
                }
                for place in range(start, start + LINES // 2)
                for side, amount in (("I", -1000), ("C", 1000))
            ]
            for line in lines if undone else ():
                line |= {"amount": -line["amount"], "open_amount": -line["amount"], "version": 2}
            facts: dict[str, Any] = {"party_id": self.party_id, "lines": lines, "match_id": UUID(int=number + 1)}
            if undone:
                facts |= {
                    "match_id": UUID(int=10**9 + number),
                    "reversal_of": UUID(int=number + 1),
                    "method": "reversal",
                }
            yield event_of(ItemsMatched, **facts)

    def requests(self) -> Iterator[Event]:
        for start in range(0, self.items // 2, LINES // 2):
            amounts = {
                f"{side}{n:06}": a for n in range(start, start + LINES // 2) for side, a in (("I", 1000), ("C", -1000))
            }
            yield requested(amounts, party_id=self.party_id, request_id=UUID(int=start + 1))

    def writeoffs(self) -> Iterator[Event]:
        for start in range(0, self.items // 2, LINES):
            items = {f"I{number:06}": 1000 for number in range(start, start + LINES)}
            yield writeoff_requested(items, party_id=self.party_id, administration=ADMINISTRATION)

    def returns(self) -> list[Event]:
        return [
            event_of(MaterialReturned, party_id=self.party_id, administration=ADMINISTRATION, note_id=f"N{number}")
            for number in range(0, self.items // 2, 10)
        ]


@dataclass(slots=True)
class Bench:
    """A service's dispatcher, and what its transactions read."""

    dispatcher: Dispatcher
    connection: Connection

    async def reads(self, events: Sequence[Event]) -> int:
        """Rows read while the events are applied, as one batch that stays."""
        async with self.connection.transaction():
            before = await self.connection.fetchval(READ)
            handled = await self.dispatcher.apply_within(self.connection, [received(event) for event in events], [])
            after = await self.connection.fetchval(READ)
        assert not handled.dead
        assert not handled.waiting
        return int(after - before)


@pytest.fixture(params=sorted(SERVICES))
async def bench(request: pytest.FixtureRequest, database: FreshDatabase) -> AsyncIterator[Bench]:
    service = SERVICES[request.param]
    opened = await open_database(database.settings(service.name))
    dispatcher = Dispatcher(opened, service.handlers, service.name, service.prepare)
    async with opened.connection() as connection:
        found = Bench(dispatcher, connection)
        await found.reads([configured()])
        yield found
    await opened.close()


async def test_every_event_of_a_giant_account_reads_what_it_is_about(bench: Bench) -> None:
    found: dict[str, list[int]] = {}

    for account in (Account("P1", SMALL), Account("P2", SMALL * TIMES)):
        steps = {"item-posted": account.postings(), "item-changed": account.changes()}
        if "items-matched" in bench.dispatcher.handlers:
            steps |= {"items-matched": list(account.matches()), "undone": list(account.matches(undone=True))}
        if "match-requested" in bench.dispatcher.handlers:
            steps["match-requested"] = list(account.requests())
        if "writeoff-requested" in bench.dispatcher.handlers:
            steps |= {"material-returned": account.returns(), "writeoff-requested": list(account.writeoffs())}
        for step, events in steps.items():
            found.setdefault(step, []).append(await bench.reads(events))

    too_much = {step: reads for step, reads in found.items() if reads[1] > max(reads[0], SMALL) * TIMES * SLACK}
    assert not too_much
