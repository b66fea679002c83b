"""The clock of the machine on which the services run jumps by days, to and fro: what waits waits on."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.faults.trade import Trade, healed
from tests.integration.stack import running
from tests.seeds import SEED

pytestmark = pytest.mark.long

JUMPS = [timedelta(days=days) for days in (2, -3, -400, 800)]
SWEPT_SECONDS = 1.3
"""Longer than the sweeper waits between two looks at what waits."""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock of this process, which goes on from wherever it is moved to; the database keeps its own."""
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield traveller


async def test_whatever_the_clock_says_nothing_that_waits_is_given_up_and_nothing_is_done_twice(
    database: FreshDatabase, broker: TestBroker, tmp_path: Path, clock: time_machine.Traveller
) -> None:
    assert broker.bootstrap
    jumps = random.Random(SEED).sample(JUMPS, len(JUMPS))
    async with running(database, "matching") as matching, running(database, "writeoff") as writeoff:
        trade = Trade(matching, Issuer(tmp_path / "jwks.json"), SEED)
        await trade.open_books()
        for number, jump in enumerate(jumps):
            late = trade.charge(f"LATE-{number}")
            await trade.write_off(late)
            await trade.step()
            clock.shift(jump)
            await trade.step()
            await asyncio.sleep(SWEPT_SECONDS)
            await trade.post(late)
        await healed(database, [matching, writeoff], trade)
