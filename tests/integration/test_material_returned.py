"""Material on a note comes back after it was paid for: the write-off service and the ledger, event by event."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chassis.database import open_database
from contracts.matching import ItemsMatched
from tests.databases import FreshDatabase
from tests.events import received
from tests.integration.both_services import Both, compensation, payment, settled
from tests.services.matching.library import requested as asked_of_the_ledger
from tests.services.writeoff.causes import returned
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import TODAY, configured, posted


@pytest.fixture
async def both(database: FreshDatabase) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        ledger = await open_database(database.settings("matching"))
        stack.push_async_callback(ledger.close)
        writing_off = await open_database(database.settings("writeoff"))
        stack.push_async_callback(writing_off.close)
        yield Both(ledger, WriteOffs(writing_off))


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
