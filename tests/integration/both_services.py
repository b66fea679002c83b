"""The ledger and the write-off service, event by event: what one publishes the other takes."""

from typing import Any

from chassis.consuming.dispatch import Dispatcher
from chassis.database import Database
from contracts.event import Event
from contracts.library import ItemPosted
from contracts.topics import TOPICS
from contracts.writeoff import MatchRequested
from services.matching.app import SERVICE as MATCHING
from tests.events import received
from tests.services.matching.books import Ledger
from tests.services.matching.library import requested as asked_of_the_ledger
from tests.services.matching.library import settlement
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import TODAY, posted


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

    async def settle(self, **form: Any) -> None:
        """A clerk lets a run settle all that is open."""
        job = await Ledger(self.ledger, "").settle(settlement(**form))
        assert job["state"] == "done", job["error"]
        await self.exchange()

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
            SELECT o.item_id, o.settled_amount, min(coalesce(u.code, o.kept_code)) AS code,
                coalesce(sum(r.amount) FILTER (WHERE u.match_id IS NOT NULL), 0)::bigint AS credited
            FROM rule_outcome AS o
            LEFT JOIN release AS r USING (party_id, topic, cause_key, item_id)
            LEFT JOIN release_answer AS u ON u.request_id = r.undo_id
            GROUP BY o.item_id, o.settled_amount
        """
        rows = await self.writeoffs.rows(query)
        return {row["item_id"]: (row["settled_amount"], row["credited"], row["code"]) for row in rows}


def compensation(item_id: str = "I1", amount: int = 3000, material_id: str = "M1") -> ItemPosted:
    return posted(item_id, amount, "material", note_id="N1", material_id=material_id)


def payment(amount: int, item_id: str = "P1", kind: str = "payment") -> ItemPosted:
    return posted(item_id, -amount, kind, journal="K10", item_date="2026-10-15")


def settled(**amounts: int) -> MatchRequested:
    """A clerk settles these items against each other."""
    lines = [{"item_id": item_id, "amount": amount} for item_id, amount in amounts.items()]
    return asked_of_the_ledger({}, date=TODAY, journal="M90", method="manual", contra=None, lines=lines)
