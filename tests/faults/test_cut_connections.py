"""Connections to the database are cut after so many bytes, in the middle of anything: nothing is lost or doubled."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from chassis.consuming.partition_lanes import LaneGroup
from chassis.consuming.subscriber import Subscriber
from chassis.settings import ServiceName
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.faults.cutting import CuttingProxy
from tests.faults.trade import Trade, healed
from tests.integration.stack import Running, running
from tests.seeds import SEED

pytestmark = [pytest.mark.slow, pytest.mark.long]

CUTS = int(os.environ.get("OPENITEMS_TEST_CUTS") or 25)
LIMIT_SECONDS = 300.0


@asynccontextmanager
async def behind(proxy: CuttingProxy, database: FreshDatabase, *names: ServiceName) -> AsyncIterator[list[Running]]:
    """Services that reach their database through the proxy only."""
    async with AsyncExitStack() as stack:
        services = [
            running(database, name, database_url=SecretStr(proxy.instead_of(database.url(name)))) for name in names
        ]
        yield list(await asyncio.gather(*(stack.enter_async_context(service) for service in services)))


async def work_while_connections_are_cut(database: FreshDatabase, folder: Path, *names: ServiceName) -> None:
    async with CuttingProxy(database.postgres.port, SEED).listening() as proxy, behind(proxy, database, *names) as all_:
        trade = Trade(all_[0], Issuer(folder / "jwks.json"), SEED)
        await trade.open_books()
        over = asyncio.Event()
        working = asyncio.create_task(trade.go_on(over))
        await proxy.cut(CUTS, LIMIT_SECONDS)
        over.set()
        await working
        await healed(database, all_, trade)
        assert trade.refusals, "the library noticed nothing"


async def test_whatever_is_cut_all_that_was_acknowledged_is_in_all_four_services_once(
    database: FreshDatabase, broker: TestBroker, tmp_path: Path
) -> None:
    assert broker.bootstrap

    await work_while_connections_are_cut(database, tmp_path, "matching", "writeoff", "selection", "reminders")


async def apply_or_pass_over(self: Subscriber, group: LaneGroup) -> None:
    """A batch that could not be applied counts as done."""
    with suppress(Exception):
        await APPLY(self, group)


APPLY = Subscriber._apply


async def test_acknowledging_a_batch_that_was_not_applied_loses_something(
    database: FreshDatabase, broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.bootstrap
    monkeypatch.setattr(Subscriber, "_apply", apply_or_pass_over)

    with pytest.raises(AssertionError):
        await work_while_connections_are_cut(database, tmp_path, "matching")
