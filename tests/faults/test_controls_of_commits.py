"""Faults planted where facts, events and progress are committed together: dying everywhere must notice each of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

import chassis.jobs
import chassis.outbox
from chassis.database import Connection, Database, connect
from chassis.outbox import OutboxEvent
from chassis.queries import load_queries
from chassis.settings import Settings
from read_model.parties import QUERIES
from services.writeoff.operations import requests as asking
from services.writeoff.store import requests as writeoff_store
from tests.databases import FreshDatabase
from tests.faults.dying import STRIDE_VARIABLE, Life, Path, die_everywhere, living
from tests.faults.ledger_paths import SETTLING, configure
from tests.faults.test_writeoff_dies import outcome, owing, take, wish
from tests.services.writeoff.library import configured, paid

Plant = Callable[[pytest.MonkeyPatch, Settings], None]
LATER: ContextVar[list[OutboxEvent]] = ContextVar("LATER")


async def ask(database: Database, party_id: str) -> None:
    await take(database, wish(party_id))


ASKING = Path(owing, ask, outcome)


@pytest.fixture
async def settings(database: FreshDatabase) -> Settings:
    found = database.settings("writeoff")
    async with living(found, Life()) as whole:
        await take(whole, configured())
    return found


def everywhere(patch: pytest.MonkeyPatch, add_to_outbox: Callable[..., Any]) -> None:
    """Let the outbox of the path be filled in another way, wherever its name was imported."""
    for place in (chassis.outbox, asking):
        patch.setattr(place, "add_to_outbox", add_to_outbox)


def told_before_it_is_so(patch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The events are committed before the facts."""
    whole = chassis.outbox.add_to_outbox

    async def at_once(_connection: Connection, events: Sequence[OutboxEvent]) -> None:
        own = await connect(settings)
        try:
            await whole(own, events)
        finally:
            await own.close()

    everywhere(patch, at_once)


def told_after_it_is_so(patch: pytest.MonkeyPatch, _settings: Settings) -> None:
    """The facts are committed, and then the events."""
    whole, transaction = chassis.outbox.add_to_outbox, Database.transaction

    async def later(_connection: Connection, events: Sequence[OutboxEvent]) -> None:
        LATER.get().extend(events)

    @asynccontextmanager
    async def in_two_parts(self: Database) -> AsyncIterator[Connection]:
        token = LATER.set([])
        async with transaction(self) as connection:
            yield connection
        async with transaction(self) as connection:
            await whole(connection, LATER.get())
        LATER.reset(token)

    everywhere(patch, later)
    patch.setattr(Database, "transaction", in_two_parts)


def every_wish_is_new(patch: pytest.MonkeyPatch, _settings: Settings) -> None:
    """A request that was kept before is asked again."""
    whole = writeoff_store.add_requests

    async def all_of_them(connection: Connection, requests: Sequence[Any]) -> Sequence[Any]:
        await whole(connection, requests)
        return requests

    async def nothing(*_: Any) -> None:
        """The lines of what was kept before are there already."""

    patch.setattr(asking, "add_requests", all_of_them)
    patch.setattr(asking, "add_wishes", nothing)


PLANTED: dict[str, Plant] = {
    "events are committed before their facts": told_before_it_is_so,
    "events are committed after their facts": told_after_it_is_so,
    "a request has its effect each time": every_wish_is_new,
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
async def test_dying_everywhere_notices(settings: Settings, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    plant(monkeypatch, settings)

    with pytest.raises(AssertionError):
        await die_everywhere(settings, ASKING)


async def test_a_run_that_is_done_before_its_chunk_is_committed_is_noticed(
    database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = database.settings("matching")
    await configure(settings)
    whole = chassis.jobs.JobWorker._record

    async def at_once(self: chassis.jobs.JobWorker, _connection: Connection, *rest: Any) -> None:
        async with self.database.transaction() as own:
            await whole(self, own, *rest)

    statements = load_queries("chassis")._statements
    unlocked = statements["take_job"].replace("FOR UPDATE SKIP LOCKED", "")
    assert unlocked != statements["take_job"]
    monkeypatch.setitem(statements, "take_job", unlocked)
    monkeypatch.setattr(chassis.jobs.JobWorker, "_record", at_once)
    monkeypatch.setenv(STRIDE_VARIABLE, "1")  # before and after each await: the fault shows at a single one of them

    with pytest.raises(AssertionError):
        await die_everywhere(settings, SETTLING)


async def open_amount_after_both_orders(settings: Settings) -> set[int]:
    """What is open after two matches, told in either order."""
    found = set()
    async with living(settings, Life()) as whole:
        for party_id, order in {"IN-ORDER": 1, "TURNED": -1}.items():
            await owing(whole, party_id)
            first = paid("I1", 250, 1000, version=1, party_id=party_id)
            second = paid("I1", 1000, 0, version=2, party_id=party_id)
            for match in (first, second)[::order]:
                await take(whole, match)
            found.add(
                await whole.pool.fetchval(
                    "SELECT open_amount FROM item WHERE party_id = $1 AND item_id = 'I1'", party_id
                )
            )
    return found


async def test_what_the_ledger_says_may_come_in_any_order(settings: Settings) -> None:
    assert await open_amount_after_both_orders(settings) == {0}


async def test_open_amounts_that_go_back_to_an_older_version_are_noticed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = load_queries(QUERIES)._statements
    as_it_comes = statements["set_open_amounts"].replace("AND item.ledger_version < l.version", "")
    assert as_it_comes != statements["set_open_amounts"]
    monkeypatch.setitem(statements, "set_open_amounts", as_it_comes)

    assert await open_amount_after_both_orders(settings) != {0}
