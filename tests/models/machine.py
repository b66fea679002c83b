"""Random work on the ledger, step by step beside the paper ledger; after each step both must say the same."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chassis.database import open_database
from chassis.errors import Conflict
from chassis.settings import Settings
from contracts.event import Event
from contracts.library import ItemPosted
from contracts.writeoff import MatchRequested
from tests.models.ledger import Booked, PaperLedger
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, configured, posted, requested, reversal, settlement

PARTIES = ("P1", "P2")
ITEMS = tuple(f"I{number}" for number in range(5))
DAYS = ("2026-09-01", "2026-09-02", "2026-10-01")
NAMESPACE = UUID("8c2f5f0e-4b1c-4f7e-9a55-2f0a3d1e7b60")
TABLES = "item, item_state, open_item, match, account, outbox, answered_request, job, waiting_event, dead_letter"

party_ids, item_ids, days = st.sampled_from(PARTIES), st.sampled_from(ITEMS), st.sampled_from(DAYS)
amounts = st.integers(-500, 500).filter(bool)


class LedgerMachine(RuleBasedStateMachine):
    """The ledger of a migrated database, emptied for each run."""

    settings: Settings
    owner_url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.paper = PaperLedger()
        self.sent: list[Event] = []
        self.runs: list[tuple[UUID, list[UUID]]] = []
        self.asked = 0

    @initialize(first=st.lists(amounts, min_size=2, max_size=4))
    def begin(self, first: list[int]) -> None:
        """An administration, and a few postings of the first party to work on."""
        self.loop.run(self._begin())
        self.take(*(posted(f"I{number}", amount, party_id="P1") for number, amount in enumerate(first)))

    async def _begin(self) -> None:
        connection = await asyncpg.connect(self.owner_url)
        try:
            await connection.execute("SET search_path = matching")
            await connection.execute(f"TRUNCATE {TABLES}")
        finally:
            await connection.close()
        self.database = await open_database(self.settings)
        self.ledger = Ledger(self.database, self.owner_url)
        await self.ledger.take(configured())

    def teardown(self) -> None:
        self.loop.run(self.database.close())
        self.loop.close()

    def take(self, *events: Event) -> None:
        """Both ledgers get the events; what waited is tried again, since their parties got news."""
        self.sent += events
        self.loop.run(self.ledger.take(*events))
        for item in (event for event in events if isinstance(event, ItemPosted)):
            self.paper.post(item)
        for request in (event for event in events if isinstance(event, MatchRequested)):
            self.paper.ask(request)
        for _ in range(2):
            self.loop.run(self.ledger.sweep())
            self.paper.stir()

    @rule(party_id=party_ids, item_id=item_ids, amount=amounts, day=days)
    def post(self, party_id: str, item_id: str, amount: int, day: str) -> None:
        """A posting, which is a contradiction when the item was posted before with another amount."""
        self.take(posted(item_id, amount, party_id=party_id, item_date=day))

    @rule(
        party_id=party_ids, wishes=st.dictionaries(item_ids, st.just(0) | st.integers(1, 700), min_size=1, max_size=3)
    )
    def ask(self, party_id: str, wishes: dict[str, int]) -> None:
        """A write-off as approved on what was open then (size 0) or on something else; perhaps of items yet to come."""
        self.asked += 1
        lines = [self._line(party_id, item_id, size) for item_id, size in sorted(wishes.items())]
        request_id = uuid5(NAMESPACE, str(self.asked))
        self.take(requested(party_id=party_id, request_id=request_id, lines=lines))

    def _line(self, party_id: str, item_id: str, size: int) -> dict[str, Any]:
        left = self.paper.open.get((party_id, item_id)) or 1
        approved = left if size == 0 else size if left > 0 else -size
        return {"item_id": item_id, "amount": approved, "approved_open_amount": approved}

    @precondition(lambda self: self.paper.matches)
    @rule(data=st.data(), party_id=party_ids)
    def reverse(self, data: st.DataObject, party_id: str) -> None:
        """A reversal of any match, also of one that is reversed, is a reversal, or is another party's."""
        match_id = data.draw(st.sampled_from(sorted(self.paper.matches)))
        owner = data.draw(st.sampled_from((self.paper.matches[match_id].party_id, party_id)))
        self.asked += 1
        self.take(reversal(match_id, party_id=owner, request_id=uuid5(NAMESPACE, str(self.asked))))

    @rule(parties=st.lists(party_ids, min_size=1, unique=True))
    def settle(self, parties: list[str]) -> None:
        """Oldest first, on some parties."""
        expected = self.paper.settle_oldest_first(sorted(parties))
        job = self.loop.run(self.ledger.settle(settlement(criteria={"party_ids": parties})))
        assert job["state"] == "done", json.dumps(job, default=str)
        made = self.loop.run(self.ledger.rows("SELECT party_id, match_id FROM match WHERE run_id = $1", job["job_id"]))
        assert {row["party_id"] for row in made} == set(expected)
        for row in made:
            self.paper.book(row["match_id"], Booked(row["party_id"], expected[row["party_id"]], day=TODAY))
        if made:
            self.runs.append((job["job_id"], [row["match_id"] for row in made]))

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """All of a run that was not undone yet; refused where all of it was."""
        run_id, match_ids = data.draw(st.sampled_from(self.runs))
        if all(self.paper.matches[match_id].is_reversed for match_id in match_ids):
            with pytest.raises(Conflict, match="was undone before"):
                self.loop.run(self.ledger.undo_run(run_id))
            return
        job = self.loop.run(self.ledger.undo_run(run_id))
        assert job["state"] == "done", json.dumps(job, default=str)
        rows = self.loop.run(
            self.ledger.rows("SELECT match_id, reversal_of FROM match WHERE reversal_of = ANY($1)", match_ids)
        )
        for row in rows:
            undone = self.paper.matches[row["reversal_of"]]
            if not undone.is_reversed:
                undone.is_reversed = True
                turned = {name: -amount for name, amount in undone.changes.items()}
                self.paper.book(row["match_id"], Booked(undone.party_id, turned, is_reversal=True, day=TODAY))
        assert all(self.paper.matches[match_id].is_reversed for match_id in match_ids)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), portions=st.integers(1, 3))
    def send_again(self, data: st.DataObject, portions: int) -> None:
        """Some or all of what was sent comes again, in any order, in one batch or in several: nothing changes."""
        again = data.draw(st.permutations(self.sent))
        size = max(1, len(again) // portions)
        for start in range(0, len(again), size):
            self.loop.run(self.ledger.take(*again[start : start + size]))

    @invariant()
    def both_say_the_same_is_open(self) -> None:
        rows = self.loop.run(self.ledger.rows("SELECT party_id, item_id, open_amount FROM open_item"))
        found = {(row["party_id"], row["item_id"]): row["open_amount"] for row in rows}
        assert found == {key: left for key, left in self.paper.open.items() if left}

    @invariant()
    def each_request_was_answered_once_or_waits(self) -> None:
        rows = self.loop.run(self.ledger.rows("SELECT request_id, match_id FROM answered_request"))
        answers = {row["request_id"]: row["match_id"] is not None for row in rows}
        assert answers == dict.fromkeys(self.paper.granted, True) | dict.fromkeys(self.paper.rejected, False)
        told = self.loop.run(self.ledger.rows("SELECT count(*) AS told FROM outbox WHERE topic = 'items-matched'"))
        assert told[0]["told"] == len(self.paper.matches)
        waits = self.loop.run(self.ledger.rows("SELECT count(*) AS waiting FROM waiting_event"))
        assert waits[0]["waiting"] == len(self.paper.waiting)

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.loop.run(self.ledger.audit()).violations == ()
