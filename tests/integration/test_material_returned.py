"""Material on a note comes back after it was paid for: the write-off service and the ledger, event by event."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.database import Database, open_database
from contracts.event import Event
from contracts.library import ItemPosted
from contracts.matching import ItemsMatched
from contracts.topics import TOPICS
from contracts.writeoff import MatchRequested
from services.matching.app import SERVICE as MATCHING
from tests.databases import FreshDatabase
from tests.events import received
from tests.services.matching.library import requested as asked_of_the_ledger
from tests.services.writeoff.causes import returned
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import TODAY, configured, posted


class Both:
    """The ledger and the write-off service; what one publishes the other takes."""

    def __init__(self, ledger: Database, writeoffs: WriteOffs) -> None:
        self.ledger = ledger
        self.matching = Dispatcher(ledger, MATCHING.handlers, "matching", MATCHING.prepare)
        self.writeoffs = writeoffs
        self.asked = 0
        self.answered = 0

    async def take(self, *events: Event) -> None:
        """Events that both take as they come, then everything that follows."""
        for_matching = [event for event in events if event.topic in MATCHING.handlers]
        await self.matching.apply([received(event) for event in for_matching])
        await self.writeoffs.take(*[event for event in events if event.topic != MatchRequested.topic])
        await self.exchange()

    async def exchange(self) -> None:
        """Pass on what was published, until nothing is."""
        while True:
            questions = (await self.writeoffs.published("match-requested"))[self.asked :]
            self.asked += len(questions)
            await self.matching.apply([received(question) for question in questions])
            answers = (await self.answers())[self.answered :]
            self.answered += len(answers)
            if not questions and not answers:
                return
            await self.writeoffs.take(*answers)

    async def answers(self) -> list[Event]:
        """What the ledger has published, in order."""
        async with self.ledger.transaction() as connection:
            rows = await connection.fetch("SELECT topic, body, reference FROM outbox ORDER BY id")
            references = [row["reference"] for row in rows if row["body"] is None]
            rendered: Any = {}
            if references:
                assert MATCHING.render, "the ledger's outbox refers to its matches"
                rendered = await MATCHING.render(connection, references)
        bodies = [(row["topic"], row["body"] or rendered[row["reference"]]) for row in rows]
        return [TOPICS[topic].model_validate_json(body) for topic, body in bodies]

    async def open_amounts(self) -> dict[str, int]:
        """What is open by the ledger, item by item; the write-off service must say the same."""
        rows = await self.ledger.pool.fetch(
            "SELECT i.item_id, coalesce(o.open_amount, 0) AS open_amount FROM item AS i"
            " LEFT JOIN open_item AS o USING (administration, party_id, item_id) ORDER BY i.item_id"
        )
        here = await self.writeoffs.rows("SELECT item_id, open_amount FROM item ORDER BY item_id")
        found = {row["item_id"]: row["open_amount"] for row in rows}
        assert {row["item_id"]: row["open_amount"] for row in here if row["open_amount"]} == {
            item_id: amount for item_id, amount in found.items() if amount
        }
        return found

    async def outcomes(self) -> dict[str, tuple[int, int, str | None]]:
        """What the return came to: settled before, credited since, and why not, by item."""
        query = """
            SELECT o.item_id, o.settled_amount, min(u.code) AS code,
                coalesce(sum(r.amount) FILTER (WHERE u.match_id IS NOT NULL), 0)::bigint AS credited
            FROM rule_outcome AS o
            LEFT JOIN release AS r USING (party_id, topic, cause_key, item_id)
            LEFT JOIN release_answer AS u ON u.request_id = r.undo_id
            GROUP BY o.item_id, o.settled_amount
        """
        rows = await self.writeoffs.rows(query)
        return {row["item_id"]: (row["settled_amount"], row["credited"], row["code"]) for row in rows}


@pytest.fixture
async def both(database: FreshDatabase) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        ledger = await open_database(database.settings("matching"))
        stack.push_async_callback(ledger.close)
        writing_off = await open_database(database.settings("writeoff"))
        stack.push_async_callback(writing_off.close)
        yield Both(ledger, WriteOffs(writing_off))


def compensation(item_id: str = "I1", amount: int = 3000, material_id: str = "M1") -> ItemPosted:
    return posted(item_id, amount, "material", note_id="N1", material_id=material_id)


def payment(amount: int, item_id: str = "P1", kind: str = "payment") -> ItemPosted:
    return posted(item_id, -amount, kind, journal="K10", item_date="2026-10-15")


def settled(**amounts: int) -> MatchRequested:
    """A clerk settles these items against each other."""
    lines = [{"item_id": item_id, "amount": amount} for item_id, amount in amounts.items()]
    return asked_of_the_ledger({}, date=TODAY, journal="M90", method="manual", contra=None, lines=lines)


@pytest.mark.requirement("S4.11")
@pytest.mark.parametrize("paid", [1000, 3000])
async def test_a930_takes_the_whole_compensation_and_leaves_what_was_paid_as_a_credit(both: Both, paid: int) -> None:
    await both.take(configured(), compensation(), payment(paid))
    await both.take(settled(I1=paid, P1=-paid))

    await both.take(returned())
    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "P1": -paid}
    assert await both.outcomes() == {"I1": (paid, paid, None)}
    entries = await both.writeoffs.rows(
        "SELECT e.journal, -l.amount AS amount FROM entry AS e"
        " INNER JOIN entry_line AS l USING (party_id, match_id) WHERE l.position > 0"
    )
    assert entries == [{"journal": "A930", "amount": 3000}]


@pytest.mark.requirement("S4.11")
async def test_a930_settles_again_what_else_the_payment_had_settled(both: Both) -> None:
    other = compensation("I2", 2000, "M2")
    await both.take(configured(), compensation(), other, posted("I3", 50), payment(4000), payment(1050, "P2"))
    await both.take(settled(I1=3000, I2=2000, I3=50, P1=-4000, P2=-1050))

    await both.take(returned())

    opened = await both.open_amounts()
    assert [opened[item_id] for item_id in ("I1", "I2", "I3")] == [0, 0, 0]
    assert opened["P1"] + opened["P2"] == -3000
    assert await both.outcomes() == {"I1": (3000, 3000, None)}


@pytest.mark.requirement("S4.11")
async def test_a930_gives_back_no_more_than_was_paid_in_money(both: Both) -> None:
    await both.take(configured(), compensation(), payment(1200, "N9", kind="credit-note"))
    await both.take(settled(I1=1200, N9=-1200))

    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "N9": 0}
    assert await both.outcomes() == {"I1": (1200, 0, None)}


@pytest.mark.requirement("S4.11")
async def test_a930_takes_what_is_open_when_the_ledger_does_not_undo(both: Both) -> None:
    await both.take(configured(), compensation(), payment(1000))
    await both.take(settled(I1=1000, P1=-1000))
    (match,) = [event for event in await both.answers() if isinstance(event, ItemsMatched)]
    taken = asked_of_the_ledger(
        {}, date=TODAY, journal="M90", method="reversal", contra=None, reversal_of=match.match_id
    )
    await both.matching.apply([received(taken)])

    await both.writeoffs.take(returned())
    await both.exchange()

    assert await both.open_amounts() == {"I1": 0, "P1": -1000}
    assert await both.outcomes() == {"I1": (1000, 0, "already-reversed")}
