"""Members of a service's group come, go and are killed while events pour in: each event has its effect once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from contracts.event import Event
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.child_environment import inherited
from deploy.embedded.processes.ports import free_port
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import AUDIENCE, ISSUER, Issuer
from tests.databases import FreshDatabase
from tests.integration.conftest import SESSION_TIMEOUT_MS
from tests.integration.stack import drained, open_totals, running, send
from tests.services.writeoff.library import configured, party, posted

PARTIES, ITEMS = 50, 60
LIMIT_SECONDS = 150.0
LOOK_SECONDS = 0.05
STOP_SECONDS = 10.0


def postings() -> list[Event]:
    """Three thousand postings, of fifty parties."""
    return [posted(f"I{item}", 1 + item, party_id=f"P{number}") for item in range(ITEMS) for number in range(PARTIES)]


OWED = {(f"P{number}", "EUR"): sum(range(1, ITEMS + 1)) for number in range(PARTIES)}


class Member:
    """The ledger as a process of its own."""

    def __init__(self, database: FreshDatabase, broker: TestBroker, folder: Path) -> None:
        jwks = folder / "jwks.json"
        Issuer(jwks)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        own = {
            "OPENITEMS_DATABASE_URL": database.url("matching"),
            "OPENITEMS_KAFKA_BOOTSTRAP": broker.bootstrap,
            "OPENITEMS_KAFKA_IDEMPOTENCE": str(broker.is_kafka).lower(),
            "OPENITEMS_KAFKA_PARTITIONS": "4",
            "OPENITEMS_KAFKA_FETCH_WAIT_MS": os.environ["OPENITEMS_KAFKA_FETCH_WAIT_MS"],
            "OPENITEMS_KAFKA_SESSION_TIMEOUT_MS": SESSION_TIMEOUT_MS,
            "OPENITEMS_HTTP_PORT": str(port),
            "OPENITEMS_JWKS_FILE": str(jwks),
            "OPENITEMS_TOKEN_ISSUER": ISSUER,
            "OPENITEMS_TOKEN_AUDIENCE": AUDIENCE,
            "OPENITEMS_BATCH_RECORDS": "50",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        command = Command((sys.executable, "-m", "services.matching"), folder / "matching.log", inherited() | own)
        self.child = Child(command)
        self.command = command

    async def ready(self) -> None:
        """Wait until it has its part of the partitions."""
        async with asyncio.timeout(LIMIT_SECONDS), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(self.address + "/readyz")).is_success:
                        return
                await asyncio.sleep(LOOK_SECONDS)

    def start(self) -> None:
        self.child = Child(self.command)
        self.child.launch()

    def kill(self) -> None:
        self.child.signal(signal.SIGKILL)
        self.child.wait(STOP_SECONDS)


@pytest.fixture
async def member(database: FreshDatabase, broker: TestBroker, tmp_path: Path) -> AsyncIterator[Member]:
    found = Member(database, broker, tmp_path)
    yield found
    found.child.stop(STOP_SECONDS)


async def items_of(database: FreshDatabase, at_least: int) -> int:
    """How many items the ledger has, waited for until there are so many."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        for _ in range(int(LIMIT_SECONDS / LOOK_SECONDS)):
            items = int(await connection.fetchval("SELECT count(*) FROM matching.item"))
            if items >= at_least:
                return items
            await asyncio.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{at_least} items do not come")
    finally:
        await connection.close()


async def test_a_member_killed_again_and_again_in_the_middle_of_events_loses_and_doubles_nothing(
    database: FreshDatabase, member: Member
) -> None:
    await send(configured(), *(party(f"P{number}") for number in range(PARTIES)), *postings())
    seen = []

    for wanted in (1, 1_500):
        member.start()
        seen.append(await items_of(database, wanted))
        member.kill()
    member.start()
    await items_of(database, PARTIES * ITEMS)

    assert seen[0] < PARTIES * ITEMS, "it was killed before it was done"
    assert await open_totals(database, ["matching"]) == {"matching": OWED}


async def pour(events: Sequence[Event], portions: int) -> None:
    """Send in portions, so that members change between them."""
    size = len(events) // portions
    for start in range(0, len(events), size):
        await send(*events[start : start + size])
        await asyncio.sleep(0.3)


async def test_members_that_join_and_leave_while_events_pour_in_share_the_work_without_loss(
    database: FreshDatabase, broker: TestBroker
) -> None:
    assert broker.bootstrap
    await send(configured())
    async with running(database, "matching", batch_records=50) as first:
        pouring = asyncio.create_task(pour(postings(), 10))
        for _ in range(2):
            async with running(database, "matching", batch_records=50) as second:
                await asyncio.sleep(2.0)
                await second.is_drained()
        await pouring
        await drained([first])

    assert await open_totals(database, ["matching"]) == {"matching": OWED}
    assert await dead_letters(database) == 0


async def dead_letters(database: FreshDatabase) -> int:
    connection = await asyncpg.connect(database.owner_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM matching.dead_letter"))
    finally:
        await connection.close()
