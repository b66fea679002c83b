"""Random books on random days, through every way into the ledger; after each step every past day must hold."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chassis.database import Connection, open_database
from chassis.errors import Refused
from chassis.settings import Settings
from services.matching.domain.criteria import EVERY_PARTY, Criteria
from services.matching.domain.forms import (
    BookingForm,
    ForeignMatchForm,
    ManualMatchForm,
    RunUndoForm,
    SelectionForm,
    SettlementUndoForm,
    SmallBalanceForm,
    UndoForm,
)
from services.matching.domain.ledger import MatchKey, PartyKey, ProposalKey
from services.matching.domain.marking import MarkScope
from services.matching.domain.proposing import Method
from services.matching.operations import executing, proposals, reports
from services.matching.operations.foreign_matches import match_currencies
from services.matching.operations.manual_matches import match_by_hand
from services.matching.operations.run_steps import NewRun, new_run
from services.matching.operations.small_balances import queue_small_balances
from services.matching.operations.undoing import queue_undo, queue_undo_of_settlements, undo_match
from tests.models.days import Books, early_bookings, wrong_days
from tests.services.matching.books import Ledger
from tests.services.matching.library import (
    ADMINISTRATION,
    EMPLOYEE,
    configured,
    posted,
    requested,
    reversal,
    settlement,
)

PARTIES = ("P1", "P2")
ITEMS = tuple(f"I{number}" for number in range(4))
FIRST = date(2026, 11, 1)
EXPIRES = datetime(2999, 1, 1, tzinfo=UTC)
NAMESPACE = UUID("5a0d2c7e-55d0-4b21-9a77-0c8f5b0d3e11")
TABLES = (
    "item, item_state, open_item, match, account, outbox, answered_request, job, waiting_event, dead_letter, finding,"
    " proposal, proposal_group, proposal_item, reservation"
)
METHODS: tuple[Method, ...] = ("oldest-first", "account-balance", "opposite-items", "reference")

party_ids, item_ids = st.sampled_from(PARTIES), st.sampled_from(ITEMS)
days = st.integers(0, 5).map(lambda number: FIRST + timedelta(days=number))
amounts = st.integers(-4, 4).filter(bool).map(lambda number: 100 * number)
currencies = st.sampled_from(("EUR", "EUR", "EUR", "USD"))


class DaysMachine(RuleBasedStateMachine):
    """The ledger of a migrated database, emptied for each run; what it refuses is refused, what it books is checked."""

    settings: Settings
    owner_url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.asked = 0

    @initialize(first=st.lists(st.tuples(amounts, days), min_size=2, max_size=4))
    def begin(self, first: list[tuple[int, date]]) -> None:
        """An administration, and a few postings of the first party to work on."""
        self.loop.run(self._begin())
        for number, (amount, day) in enumerate(first):
            self.post("P1", f"I{number}", amount, day, "EUR")

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

    def command(self, work: Any) -> None:
        """Carry a command out, with all that it queues; a refusal changes nothing."""

        async def carry_out() -> None:
            async with self.database.transaction() as connection:
                await work(connection)

        try:
            self.loop.run(carry_out())
        except Refused:
            return
        self.finish_runs()

    def finish_runs(self) -> None:
        self.loop.run(self.ledger.work())
        for job in self.rows("SELECT kind, state, error FROM job"):
            assert job["state"] == "done", json.dumps(job)

    def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        return self.loop.run(self.ledger.rows(query, *arguments))

    def next_id(self) -> UUID:
        self.asked += 1
        return uuid5(NAMESPACE, str(self.asked))

    @rule(party_id=party_ids, item_id=item_ids, amount=amounts, day=days, currency=currencies)
    def post(self, party_id: str, item_id: str, amount: int, day: date, currency: str) -> None:
        """A posting of any day; what library systems say is a fact."""
        worth = amount if currency == "USD" else None
        facts = {"item_date": day, "currency": currency, "base_amount": worth, "reference": "R-2026-1"}
        self.loop.run(self.ledger.take(posted(item_id, amount, party_id=party_id, **facts)))

    @rule(
        party_id=party_ids,
        named=st.lists(item_ids, min_size=1, max_size=3, unique=True),
        day=days,
        contra=st.booleans(),
    )
    def ask(self, party_id: str, named: list[str], day: date, *, contra: bool) -> None:
        """A request to write items off, or to settle them against each other, for what is open of them."""
        lines = self.open_lines(party_id, named)
        if lines:
            way: dict[str, Any] = {} if contra else {"method": "manual", "journal": "M90", "contra": None}
            facts = {"party_id": party_id, "request_id": self.next_id(), "date": day, "lines": lines}
            self.loop.run(self.ledger.take(requested(**(facts | way))))

    def open_lines(self, party_id: str, named: list[str]) -> list[dict[str, Any]]:
        query = "SELECT item_id, open_amount AS amount FROM open_item WHERE party_id = $1 AND item_id = ANY($2)"
        return self.rows(query + " AND currency = 'EUR'", party_id, named)

    @rule(party_id=party_ids, named=st.lists(item_ids, min_size=2, max_size=3, unique=True), day=days)
    def match_by_hand(self, party_id: str, named: list[str], day: date) -> None:
        """A clerk's match of chosen items, in one currency and in several."""
        lines = self.open_lines(party_id, named)
        party = PartyKey(ADMINISTRATION, party_id)
        if lines:
            wish = {"currency": "EUR", "lines": lines, "booking": {"date": str(day), "journal": "M90"}}
            form = ManualMatchForm.model_validate_json(json.dumps(wish))
            self.command(lambda connection: match_by_hand(connection, party, form, EMPLOYEE))
        booking = BookingForm(date=day, journal="M91")
        mixed = ForeignMatchForm(item_ids=tuple(named), booking=booking, tolerance=200)
        self.command(lambda connection: match_currencies(connection, party, mixed, EMPLOYEE))

    @rule(
        method=st.sampled_from(METHODS),
        day=days,
        tolerance=st.sampled_from((0, 100)),
        undo_first=st.booleans(),
        journal=st.sampled_from(("M90", "M91")),
    )
    def settle(self, method: str, day: date, tolerance: int, journal: str, *, undo_first: bool) -> None:
        """A run of any method; a tolerated difference is left as a remainder."""
        form = settlement(
            method=method, tolerance=tolerance, undo_first=undo_first, booking={"date": day, "journal": journal}
        )
        job = self.loop.run(self.ledger.settle(form))
        assert job["state"] == "done", json.dumps(job, default=str)

    @rule(method=st.sampled_from(METHODS), day=days)
    def propose_and_execute(self, method: Method, day: date) -> None:
        """A proposal, all of it marked and executed."""
        form = SelectionForm(method=method, tolerance=100, booking=BookingForm(date=day, journal="M91"))
        run = self.loop.run(
            self._queued(lambda connection, run: proposals.queue_proposal(connection, run, form, EXPIRES))
        )
        self.finish_runs()
        key = ProposalKey(ADMINISTRATION, run.run_id)
        self.command(lambda connection: proposals.mark(connection, key, EMPLOYEE, MarkScope(), marked=True))
        self.command(lambda connection: self._execute(connection, key))

    async def _queued(self, queue: Any) -> NewRun:
        async with self.database.transaction() as connection:
            run = await new_run(connection, ADMINISTRATION, EMPLOYEE)
            await queue(connection, run)
        return run

    async def _execute(self, connection: Connection, key: ProposalKey) -> None:
        found = await proposals.find_proposal(connection, key)
        run = await new_run(connection, ADMINISTRATION, EMPLOYEE)
        now = await self.database.now()
        await executing.queue_execution(connection, run, key.proposal_id, found.fingerprint, now)

    @rule(day=days, per=st.sampled_from(("party", "item")))
    def clear_small_balances(self, day: date, per: str) -> None:
        """Small balances, to payment differences."""
        wish = {"booking": {"date": str(day), "journal": "M91"}, "limit": 100, "per": per}
        form = SmallBalanceForm.model_validate_json(json.dumps(wish))

        async def queue(connection: Connection) -> None:
            await queue_small_balances(connection, await new_run(connection, ADMINISTRATION, EMPLOYEE), form)

        self.command(queue)

    @precondition(lambda self: self.rows("SELECT FROM match LIMIT 1"))
    @rule(data=st.data(), day=days, asked=st.booleans())
    def undo(self, data: st.DataObject, day: date, *, asked: bool) -> None:
        """An undo of any match, by a clerk or by request; also of one that is undone, or is an undo."""
        found = self.rows("SELECT party_id, match_id FROM match ORDER BY sequence")
        match = data.draw(st.sampled_from(found))
        if asked:
            event = reversal(match["match_id"], party_id=match["party_id"], request_id=self.next_id(), date=day)
            self.loop.run(self.ledger.take(event))
            return
        key = MatchKey(ADMINISTRATION, match["party_id"], match["match_id"])
        self.command(lambda connection: undo_match(connection, key, UndoForm(date=day), EMPLOYEE))

    @precondition(lambda self: self.rows("SELECT FROM match WHERE run_id IS NOT NULL LIMIT 1"))
    @rule(data=st.data(), day=days)
    def undo_a_run(self, data: st.DataObject, day: date) -> None:
        """All that a run did."""
        found = self.rows("SELECT DISTINCT run_id FROM match WHERE run_id IS NOT NULL ORDER BY run_id")
        run_id = data.draw(st.sampled_from(found))["run_id"]

        async def queue(connection: Connection) -> None:
            run = await new_run(connection, ADMINISTRATION, EMPLOYEE)
            await queue_undo(connection, run, run_id, RunUndoForm(date=day))

        self.command(queue)

    @rule(day=days, party_id=party_ids)
    def undo_settlements(self, day: date, party_id: str) -> None:
        """All that settled items of a party."""
        form = SettlementUndoForm(date=day, criteria=Criteria(party_ids=(party_id,)))

        async def queue(connection: Connection) -> None:
            await queue_undo_of_settlements(connection, await new_run(connection, ADMINISTRATION, EMPLOYEE), form)

        self.command(queue)

    @invariant()
    def every_past_day_holds(self) -> None:
        books = self.books()
        assert early_bookings(books) == []
        assert wrong_days(books) == []

    @invariant()
    def the_report_of_every_day_says_so(self) -> None:
        books = self.books()
        for day in books.days():
            expected = {key: left for key, left in books.open_on(day).items() if left}
            assert self.loop.run(self._reported(day)) == expected, day

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        assert self.loop.run(self.ledger.audit()).violations == ()

    def books(self) -> Books:
        items = self.rows("SELECT party_id, item_id, amount, currency, item_date FROM item")
        matches = self.rows("SELECT * FROM match ORDER BY sequence")
        return Books({(item["party_id"], item["item_id"]): item for item in items}, matches)

    async def _reported(self, day: date) -> dict[tuple[str, str], int]:
        async with self.database.snapshot() as connection:
            rows = reports.open_items(connection, ADMINISTRATION, EVERY_PARTY, day)
            return {(row["party_id"], row["item_id"]): row["open_amount"] async for row in rows}
