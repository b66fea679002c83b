"""Write-offs with the ledger itself: raced, repeated, taken back, and by rule, until the books of both agree."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.writeoff.app import SERVICE
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.integration.stack import Running, drained, open_totals, running_together, send
from tests.services.writeoff.causes import cancelled, contribution, uncharged
from tests.services.writeoff.library import ADMINISTRATION, books_of_today, posted
from tests.support.desk import Desk, app_of, client_of

WORKERS = 8
ITEMS = 200
TIMES_SENT = 4


class Pair:
    """The ledger and the write-off service, with the latter's API."""

    def __init__(self, matching: Running, writeoff: Running, desk: Desk) -> None:
        self.matching = matching
        self.writeoff = writeoff
        self.desk = desk

    async def drained(self) -> None:
        await drained([self.matching, self.writeoff])


@pytest.fixture
async def pair(database: FreshDatabase, broker: TestBroker, tmp_path: Path) -> AsyncIterator[Pair]:
    assert broker.bootstrap, "the services find it in the environment"
    issuer = Issuer(tmp_path / "jwks.json")
    async with (
        running_together(database, ("matching", "writeoff")) as services,
        client_of(app_of(SERVICE, services["writeoff"].runtime, issuer)) as client,
    ):
        yield Pair(services["matching"], services["writeoff"], Desk(client, issuer, ADMINISTRATION))


async def waive_everything(pair: Pair, employee: str, numbers: list[int]) -> None:
    """One worker: every item is previewed and waived, and the command is sent four times."""
    desk = pair.desk.as_employee(employee)
    for number in numbers:
        wish = {
            "party_id": f"P{number % 20}",
            "lines": [{"item_id": f"I{number}"}],
            "journal": "A200",
            "note": f"by {employee}",
        }
        preview = await desk.do("write-offs/preview", wish)
        if preview["lines"][0]["code"] is not None:
            continue
        command, key = wish | {"fingerprint": preview["fingerprint"]}, f"{employee}-{number}"
        await asyncio.gather(*(desk.send("write-offs", command, key=key) for _ in range(TIMES_SENT)))


@pytest.mark.slow
@pytest.mark.requirement("S4.3", "S4.4")
async def test_eight_workers_on_two_hundred_items_end_in_two_hundred_write_offs(
    pair: Pair, database: FreshDatabase
) -> None:
    items = [posted(f"I{number}", 100 + number, party_id=f"P{number % 20}") for number in range(ITEMS)]
    await send(books_of_today(), *items)
    await pair.drained()

    orders = [[(start // 2 * 50 + step) % ITEMS for step in range(ITEMS)] for start in range(WORKERS)]
    await asyncio.gather(*(waive_everything(pair, f"e{number}", order) for number, order in enumerate(orders)))
    await pair.drained()

    booked = await pair.writeoff.rows(
        "SELECT count(*) AS entries, count(DISTINCT item_id) AS items, -sum(amount)::bigint AS amount"
        " FROM entry_line WHERE position > 0"
    )
    assert booked == [{"entries": ITEMS, "items": ITEMS, "amount": sum(item.amount for item in items)}]
    (raced,) = await pair.writeoff.rows("SELECT count(*) AS requests FROM request")
    assert raced["requests"] > ITEMS, "some items were asked for by several workers"
    totals = await open_totals(database, ["matching", "writeoff"])
    assert totals == {"matching": {}, "writeoff": {}}
    audit = await pair.desk.read("audit")
    assert audit["violations"] == []
    assert audit["checked"]["unanswered_asks"] == 0


@pytest.mark.requirement("S4.7", "S4.12", "S4.13")
async def test_a910_a911_a990_are_granted_by_the_ledger_and_one_is_taken_back(
    pair: Pair, database: FreshDatabase
) -> None:
    late_fee = posted("I1", 40, "fine", checkin_id="C1", party_id="P2")
    wide = {"fiscal_periods": [{"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}]}
    await send(books_of_today(**wide), cancelled(), uncharged(party_id="P2"), contribution(), late_fee)
    await pair.drained()
    lines = (await pair.desk.read("write-offs"))["items"]
    match_id = next(line["match_id"] for line in lines if line["journal"] == "A990")

    preview = await pair.desk.read(f"write-offs/{match_id}/reversal")
    command = {"fingerprint": preview["fingerprint"], "note": "It was late after all"}
    answer = await pair.desk.do(f"write-offs/{match_id}/reversal", command, 202)
    await pair.drained()

    assert {(line["journal"], line["amount"]) for line in lines} == {("A910", 400), ("A911", 800), ("A990", 40)}
    outcome = await pair.desk.read(f"requests/{answer['request_id']}")
    assert (outcome["state"], outcome["answers"][0]["amount"]) == ("answered", -40)
    totals = await open_totals(database, ["matching", "writeoff"])
    assert totals["matching"] == totals["writeoff"] == {("P2", "EUR"): 40}
    assert (await pair.desk.read("audit"))["violations"] == []
