"""Random business over the APIs of all four services, beside a note book; after each step the books must be right."""

import asyncio
import json
from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chassis.settings import ServiceName
from contracts.event import Event
from tests.models.agreement import agree, violations
from tests.models.business import NoteBook
from tests.models.configuration import ADDRESS, BOOKS
from tests.models.house import House
from tests.models.ledger import Booked
from tests.services.matching.library import changed
from tests.services.writeoff.library import configured, party, posted
from tests.support.desk import Json

T = TypeVar("T")
PARTIES = ("P1", "P2", "P3")
ITEMS = tuple(f"I{number}" for number in range(6))
DAYS = ("2026-02-01", "2026-03-02", "2026-04-01")
NAMES = count(1)
SERVICES: tuple[ServiceName, ...] = ("selection", "matching", "reminders", "writeoff")
party_ids, item_ids, days = st.sampled_from(PARTIES), st.sampled_from(ITEMS), st.sampled_from(DAYS)
amounts = st.integers(-500, 500).filter(bool)
seeds = st.integers(0, 2**32 - 1)


class HouseMachine(RuleBasedStateMachine):
    """A house of four services, in an administration of each run's own."""

    house: House
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.name = f"lib-{next(NAMES)}"
        self.book = NoteBook()
        self.sent: list[Event] = []
        self.versions = count(1)
        self.keys = count(1)
        self.settlements: list[UUID] = []
        self.batches: list[str] = []
        self.is_settled = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    today = property(lambda _: datetime.now(UTC).date())
    booking = property(lambda self: {"date": str(self.today), "journal": "M90"})

    @initialize(first=st.lists(amounts, min_size=2, max_size=4), seed=seeds)
    def begin(self, first: list[int], seed: int) -> None:
        """Books, borrowers, and a few postings of the first one to work on."""
        self.run(self.house.move_in(self.name))
        self.send(configured(administration=self.name, **BOOKS))
        self.send(*(party(name, administration=self.name, address=ADDRESS) for name in PARTIES))
        for number, amount in enumerate(first):
            self.post("P1", f"I{number}", amount, DAYS[0])
        self.settle_down(seed)

    def send(self, *events: Event) -> None:
        """A library system publishes."""
        self.sent += events
        self.house.topics.publish(*events)
        self.is_settled = False

    async def listen(self) -> None:
        """Write into the book what the ledger heard, and what it tries again since."""
        heard, self.house.heard = self.house.heard, []
        for event in heard:
            if event.key.startswith(f"{self.name}:"):
                self.book.hear(event)
        for _ in range(2):
            await self.house.wings["matching"].sweep()
            self.book.stir()

    def post(self, party_id: str, item_id: str, amount: int, day: str) -> None:
        kind = "fine" if amount > 0 else "payment"
        changes = {"administration": self.name, "item_date": day, "due_date": day}
        self.send(posted(item_id, amount, kind, party_id=party_id, **changes))

    @rule(party_id=party_ids, item_id=item_ids, amount=amounts, day=days)
    def posts(self, party_id: str, item_id: str, amount: int, day: str) -> None:
        """A posting, which is a contradiction when the item was posted before with another amount."""
        self.post(party_id, item_id, amount, day)

    @rule(party_id=party_ids, item_id=item_ids, blocked=st.booleans())
    def blocks(self, party_id: str, item_id: str, *, blocked: bool) -> None:
        """An item is blocked or free again, perhaps before it was posted."""
        version = next(self.versions)
        changes = {"administration": self.name, "party_id": party_id, "blocked": blocked, "due_date": DAYS[0]}
        self.send(changed(item_id, version, **changes))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def sends_again(self, data: st.DataObject) -> None:
        """Some of what was sent is sent again, in another order."""
        self.send(*data.draw(st.lists(st.sampled_from(self.sent), max_size=8)))

    @rule(seed=seeds)
    def time_goes_by(self, seed: int) -> None:
        """Some relays publish, some services take some of what is there, some of it again."""
        chance = Random(seed)
        for name in chance.sample(SERVICES, 3):
            if chance.random() < 1 / 2:
                self.run(self.house.wings[name].publish(self.house.topics))
            self.run(self.house.take(name, chance))
            self.run(self.listen())

    @rule(seed=seeds)
    def settle_down(self, seed: int) -> None:
        """All is published and taken; the services and the book agree."""
        self.run(self.listen())
        self.run(self.house.settle_down(Random(seed), self.listen))
        self.is_settled = True
        self.run(agree(self.house, self.book, self.batches))

    @rule(party_id=party_ids, item_id=item_ids, part=st.none() | st.integers(1, 400), day=st.none() | days)
    def waives(self, party_id: str, item_id: str, part: int | None, day: str | None) -> None:
        """A clerk waives an item or a part of it, today or as of a past day; the command is sent twice."""
        desk = self.house.desk("writeoff")
        wish: Json = {
            "party_id": party_id,
            "lines": [{"item_id": item_id, "amount": part}],
            "journal": "A200",
            "date": day,
        }
        key = self.key()
        shown = self.run(desk.send("write-offs/preview", wish, key=key))
        if shown.status_code != 200:
            return
        command = wish | {"fingerprint": shown.json()["fingerprint"]}
        first, again = (self.run(desk.send("write-offs", command, key=key)) for _ in range(2))
        assert (first.status_code, first.content if first.is_success else b"") == (
            again.status_code,
            again.content if again.is_success else b"",
        )
        self.is_settled = False

    @precondition(lambda self: self.book.write_offs)
    @rule(data=st.data())
    def takes_back(self, data: st.DataObject) -> None:
        """A clerk takes a write-off back, or tries to."""
        match_id = data.draw(st.sampled_from(sorted(self.book.write_offs)))
        desk = self.house.desk("writeoff")
        path = f"write-offs/{match_id}/reversal"
        shown = self.run(desk.get(path))
        if shown.is_success:
            self.run(desk.send(path, {"note": "Paid", "fingerprint": shown.json()["fingerprint"]}, key=self.key()))
            self.is_settled = False

    @precondition(lambda self: self.book.ledger.matches)
    @rule(data=st.data())
    def undoes(self, data: st.DataObject) -> None:
        """A clerk of the ledger undoes any match, also one that was undone or is an undo: then it is refused."""
        match_id = data.draw(st.sampled_from(sorted(self.book.ledger.matches)))
        party_id = self.book.ledger.matches[match_id].party_id
        desk = self.house.desk("matching")
        path = f"parties/{party_id}/matches/{match_id}/reversal"
        answer = self.run(desk.send(path, {"date": self.booking["date"]}, key=self.key()))
        assert answer.is_success == self.book.may_be_undone(match_id), answer.text
        if answer.is_success:
            self.book.undo(match_id, UUID(answer.json()["match_id"]), self.today)
            self.is_settled = False

    @rule(parties=st.lists(party_ids, min_size=1, unique=True))
    def settles(self, parties: list[str]) -> None:
        """Oldest first, on some parties."""
        expected = self.book.ledger.settle_oldest_first(sorted(parties))
        run_id = self.ledger_run("settlement-runs", {"criteria": {"party_ids": parties}, "booking": self.booking})
        made = self.matches_of(run_id)
        assert {row["party_id"] for row in made} == set(expected)
        for row in made:
            self.book.ledger.book(row["match_id"], Booked(row["party_id"], expected[row["party_id"]], day=self.today))
        if made:
            self.settlements.append(run_id)

    @rule(party_id=party_ids)
    def matches_pairs(self, party_id: str) -> None:
        """What is exactly opposite is proposed, marked and matched; no such pair is left then."""
        form = {"criteria": {"party_ids": [party_id]}, "booking": self.booking, "method": "opposite-items"}
        proposal_id = self.ledger_run("proposals", form)
        desk, path = self.house.desk("matching"), f"proposals/{proposal_id}"
        made = []
        if self.run(desk.do(f"{path}/marks", {"marked": True}, key=self.key()))["changed"]:
            approval = {"fingerprint": self.run(desk.read(path))["fingerprint"]}
            made = self.matches_of(self.ledger_run(f"{path}/execution", approval))
        opened = self.book.ledger.open
        for row in made:
            changes = dict(zip(row["item_ids"], row["amounts"], strict=True))
            assert changes == {item: -opened[party_id, item] for item in changes}, "whole items"
            assert sum(changes.values()) == 0
            self.book.ledger.book(row["match_id"], Booked(party_id, changes, day=self.today))
        lefts = {left for (owner, _), left in opened.items() if owner == party_id and left}
        assert not any(-left in lefts for left in lefts), "a pair was overlooked"

    @precondition(lambda self: self.settlements)
    @rule(data=st.data())
    def undoes_a_run(self, data: st.DataObject) -> None:
        """All of a settlement that was not undone yet; refused where all of it was."""
        run_id = data.draw(st.sampled_from(self.settlements))
        matches = [row["match_id"] for row in self.matches_of(run_id)]
        still = {match_id for match_id in matches if self.book.may_be_undone(match_id)}
        path, form = f"runs/{run_id}/reversal", {"date": self.booking["date"]}
        if not still:
            refused = self.run(self.house.desk("matching").do(path, form, 409, key=self.key()))
            assert refused["code"] == "already-reversed"
            return
        self.ledger_run(path, form)
        rows = self.run(
            self.house.wings["matching"].rows(
                "SELECT match_id, reversal_of FROM match WHERE reversal_of = ANY($1)", matches
            )
        )
        reversals = {row["reversal_of"]: row["match_id"] for row in rows}
        assert set(reversals) == set(matches)
        for match_id in sorted(still):
            self.book.undo(match_id, reversals[match_id], self.today)

    @rule(limit=st.integers(1, 300))
    def writes_off_in_bulk(self, limit: int) -> None:
        """Old debts are selected, frozen, reported and confirmed, as selection knows them; confirmed twice."""
        desk = self.house.desk("selection")
        made = self.run(desk.do("sets", {"criteria": f"open_amount > {limit}"}, key=self.key()))
        if not made["members"]:
            return
        path = f"sets/{made['set_id']}"
        self.run(desk.do(f"{path}/fix", {"name": made["set_id"]}, key=self.key()))
        self.run(desk.read(f"{path}/export", format="csv-nl-BE"))
        batch = self.run(desk.do(f"{path}/write-offs", key=self.key()))
        approval = {name: batch[name] for name in ("items", "totals", "fingerprint")}
        for _ in range(2):
            self.run(
                desk.as_employee("chief").do(f"write-offs/{batch['batch_id']}/confirmation", approval, key=self.key())
            )
        self.run(self.house.wings["selection"].work())
        self.batches.append(batch["batch_id"])
        self.is_settled = False

    @rule(is_given_up=st.booleans())
    def reminds(self, *, is_given_up: bool) -> None:
        """A run is listed, and issued or given up; once all has settled it lists exactly what the book says."""
        desk, wing = self.house.desk("reminders"), self.house.wings["reminders"]
        made = self.run(desk.do("runs", {"generation_date": self.booking["date"]}, key=self.key()))
        self.run(wing.work())
        path = f"runs/{made['run_id']}"
        shown = self.run(desk.read(path))
        listed = {
            (item["party_id"], item["item_id"])
            for item in self.run(desk.read(f"{path}/items", show="all", limit=1_000))["items"]
        }
        if self.is_settled:
            expected = self.book.reminded_next(datetime.now(UTC).date())
            assert listed == expected, f"{listed - expected} too many, {expected - listed} too few"
        if is_given_up:
            self.run(desk.do(f"{path}/undo", {"note": "Not today"}, key=self.key()))
        elif listed:
            for _ in range(2):
                self.run(desk.do(f"{path}/issue", {"fingerprint": shown["fingerprint"]}, key=self.key()))
                self.run(wing.work())
            self.is_settled = False

    def ledger_run(self, path: str, form: Json) -> UUID:
        """Queue a run of the ledger and do all of it."""
        job_id = UUID(self.run(self.house.desk("matching").do(path, form, key=self.key()))["job_id"])
        wing = self.house.wings["matching"]
        self.run(wing.work())
        (job,) = self.run(wing.rows("SELECT state, error FROM job WHERE job_id = $1", job_id))
        assert job["state"] == "done", json.dumps(job)
        self.is_settled = False
        return job_id

    def matches_of(self, run_id: UUID) -> list[dict[str, Any]]:
        """What a run of the ledger booked."""
        sql = "SELECT party_id, match_id, item_ids, amounts FROM match WHERE run_id = $1"
        return self.run(self.house.wings["matching"].rows(sql, run_id))

    def key(self) -> str:
        """An Idempotency-Key."""
        return f"{self.name}-{next(self.keys)}"

    @invariant()
    def the_books_are_right(self) -> None:
        self.run(self.listen())
        assert self.run(violations(self.house)) == {}

    def teardown(self) -> None:
        if self.sent:
            self.settle_down(0)
