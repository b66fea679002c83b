"""Members that join and leave every two seconds, that stand still beyond their session, or that are slow: each once."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import chassis.consuming.subscriber
from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Received
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.faults.trade import Trade, healed
from tests.integration.conftest import SESSION_TIMEOUT_MS
from tests.integration.stack import running
from tests.integration.test_members import Member
from tests.seeds import SEED

STORM_SECONDS = float(os.environ.get("OPENITEMS_TEST_STORM_SECONDS") or 8.0)
CHANGE_SECONDS = 2.0
BEYOND_SESSION_SECONDS = int(SESSION_TIMEOUT_MS) / 1_000 + 2.0
PAUSE_SECONDS = 0.02

pytestmark = [pytest.mark.slow, pytest.mark.long]


async def change_members(database: FreshDatabase, over: asyncio.Event) -> None:
    """A member joins, and two seconds later leaves, until it is over."""
    while not over.is_set():
        async with running(database, "matching", batch_records=50):
            await asyncio.sleep(CHANGE_SECONDS)
        await asyncio.sleep(CHANGE_SECONDS)


async def stand_still(member: Member) -> None:
    """Stop a member for longer than its group waits for it, and let it go on with what it had begun."""
    member.child.signal(signal.SIGSTOP)
    await asyncio.sleep(BEYOND_SESSION_SECONDS)
    member.child.signal(signal.SIGCONT)


async def test_a_storm_of_members_with_one_that_stands_still_loses_and_doubles_nothing(
    database: FreshDatabase, broker: TestBroker, tmp_path: Path
) -> None:
    member, over = Member(database, broker, tmp_path), asyncio.Event()
    async with running(database, "matching", batch_records=50) as first, running(database, "writeoff") as writeoff:
        trade = Trade(first, Issuer(tmp_path / "trade.json"), SEED)
        await trade.open_books()
        member.start()
        try:
            await member.ready()
            working = [trade.go_on(over, PAUSE_SECONDS), change_members(database, over)]
            tasks = [asyncio.create_task(work) for work in (*working, stand_still(member))]
            await asyncio.sleep(max(STORM_SECONDS, BEYOND_SESSION_SECONDS))
            over.set()
            await asyncio.gather(*tasks)
        finally:
            member.child.signal(signal.SIGCONT)
            member.child.stop(BEYOND_SESSION_SECONDS)
        await healed(database, [first, writeoff], trade)


Apply = Callable[..., Awaitable[Handled]]


def slow(apply: Apply, batches: int, seconds: float) -> Apply:
    """The same, but the first batches take longer than the broker waits for their acknowledgement."""
    left = batches

    async def apply_slowly(self: Dispatcher, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        nonlocal left
        outcome = await apply(self, received, dead)
        if self.service == "writeoff" and left > 0:
            left -= 1
            await asyncio.sleep(seconds)
        return outcome

    return apply_slowly


async def test_a_consumer_that_is_slower_than_its_group_waits_catches_up_and_doubles_nothing(
    database: FreshDatabase, broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    monkeypatch.setattr(chassis.consuming.subscriber, "POLL_INTERVAL_MS", 1_500)
    monkeypatch.setattr(Dispatcher, "apply", slow(Dispatcher.apply, 2, 3.0))
    async with running(database, "matching") as matching, running(database, "writeoff") as writeoff:
        trade = Trade(matching, Issuer(tmp_path / "trade.json"), SEED)
        await trade.open_books()
        over = asyncio.Event()
        working = asyncio.create_task(trade.go_on(over, PAUSE_SECONDS))
        await asyncio.sleep(STORM_SECONDS)
        over.set()
        await working
        await healed(database, [matching, writeoff], trade)
