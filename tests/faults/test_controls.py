"""Faults planted in the product, one at a time: what proves the guarantees must notice each of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import chassis.consuming.dispatch
import chassis.consuming.waiting_retry
from chassis.consuming.handling import Dead
from chassis.outbox import publish
from chassis.queries import load_queries
from chassis.relay import Relay
from chassis.settings import Settings
from services.matching.operations import postings as taken_postings
from services.matching.operations import requests as matching_requests
from services.matching.store import items as item_store
from services.matching.store import matches as match_store
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.events import posted
from tests.faults.dying import Life, Path, die_everywhere, gone, living
from tests.faults.ledger_paths import ANSWERING, TAKING, TRYING_AGAIN, configure, take
from tests.faults.test_relay_dies import publish_all, queue, records
from tests.services.matching.library import posted as owed
from tests.services.matching.library import requested

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
async def settings(database: FreshDatabase) -> Settings:
    found = database.settings("matching")
    await configure(found)
    return found


async def is_caught(check: Awaitable[Any]) -> bool:
    """Whether the check fails: by what it found, and not because the plant itself broke down."""
    try:
        await check
    except AssertionError:
        return True
    return False


def answers_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any) -> set[Any]:
        return set()

    patch.setattr(match_store, "answered_requests", none)


def rejections_are_not_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(matching_requests, "publish", _nothing)


def what_waits_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chassis.consuming.dispatch, "put_waiting", _nothing)


def dead_letters_are_dropped(patch: pytest.MonkeyPatch) -> None:
    async def none_kept(*_: Any) -> list[Dead]:
        return []

    patch.setattr(chassis.consuming.dispatch, "put_dead", none_kept)


def the_sweeper_deletes_before_it_applies(patch: pytest.MonkeyPatch) -> None:
    async def sweep(self: Any, _now: Any) -> int:
        async with self.dispatcher.database.transaction() as connection:
            rows = await connection.fetch(load_queries("chassis").take_due_waiting, 100, 1_000_000)
            await connection.execute(load_queries("chassis").delete_waiting, [row["digest"] for row in rows])
        received, dead = self._read(rows, rows[0]["received_at"]) if rows else ([], [])
        await self.dispatcher.apply(received, dead)
        return len(rows)

    patch.setattr(chassis.consuming.waiting_retry.Sweeper, "sweep", sweep)


async def _nothing(*_: Any) -> None:
    """Does not do what it should."""


PLANTED: dict[str, tuple[Plant, Path]] = {
    "no memory of answers": (answers_are_forgotten, ANSWERING),
    "deleted before applied": (the_sweeper_deletes_before_it_applies, TRYING_AGAIN),
}


@pytest.mark.parametrize(("plant", "path"), PLANTED.values(), ids=PLANTED)
async def test_dying_everywhere_notices(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, plant: Plant, path: Path
) -> None:
    plant(monkeypatch)

    assert await is_caught(die_everywhere(settings, path))


DROPPED: dict[str, tuple[Plant, Path, str]] = {
    "rejections": (rejections_are_not_told, ANSWERING, "told"),
    "what waits": (what_waits_is_dropped, ANSWERING, "waiting"),
    "dead letters": (dead_letters_are_dropped, TAKING, "dead"),
}


@pytest.mark.parametrize(("plant", "path", "where"), DROPPED.values(), ids=DROPPED)
async def test_what_is_dropped_shows_in_the_outcome(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, plant: Plant, path: Path, where: str
) -> None:
    async with living(settings, Life()) as whole:
        await path.prepare(whole, "RIGHT")
        await path.work(whole, "RIGHT")
        right = await path.state(whole, "RIGHT")
        await path.prepare(whole, "WRONG")
        plant(monkeypatch)
        await path.work(whole, "WRONG")
        wrong = await path.state(whole, "WRONG")

    assert right[where] != wrong[where]


async def race(settings: Settings) -> None:
    """Eight writers ask for the same open amount; it is granted once."""
    async with living(settings, Life()) as whole:
        for number in range(10):
            party_id = f"RACE-{number}"
            await take(whole, owed("I1", 1000, party_id=party_id))
            wishes = [requested({"I1": 1000}, party_id=party_id) for _ in range(4)]
            await asyncio.gather(*(take(whole, wish) for wish in wishes))
            dead = await whole.pool.fetchval("SELECT count(*) FROM dead_letter")
            granted = await whole.pool.fetchval("SELECT count(*) FROM match WHERE party_id = $1", party_id)
            assert (granted, dead) == (1, 0)


async def test_a_race_for_the_same_open_amount_is_won_once(settings: Settings) -> None:
    await race(settings)


async def test_reading_without_the_partys_lock_is_noticed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (item_store, taken_postings):
        monkeypatch.setattr(module, "lock_parties", _nothing)

    assert await is_caught(race(settings))


async def relay_dies(settings: Settings, broker: TestBroker) -> None:
    """A relay dies at each await of publishing; all that was queued is on the topic."""
    generations = []
    async with living(settings, Life()) as whole:
        for number in range(1, 8):
            life = Life(number, "after")
            generations.append(life.name)
            await queue(whole, life.name)
            await publish_all(settings, life)
            await gone(whole, life)
            await publish_all(settings, Life())
    found = {record.value for record in await records(broker)}
    assert len(found) == len(generations) * 24


async def mark_then_send(self: Relay, connection: Any, producer: Any) -> int:
    """The relay with the order of publishing and marking exchanged."""
    queries = load_queries("chassis")
    rows = await connection.fetch(queries.unpublished_events, 5_000, 100, "")
    ids = [row["id"] for row in rows]
    await connection.execute(queries.mark_published, ids, [0] * len(ids), list(range(len(ids))))
    for row in rows:
        batch = producer.create_batch()
        batch.append(key=row["key"].encode(), value=bytes(row["body"]), timestamp=None, headers=self._headers(row))
        await (await producer.send_batch(batch, row["topic"], partition=0))
    return len(rows)


async def test_marking_before_publishing_is_noticed(
    settings: Settings, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Relay, "publish_next", mark_then_send)

    assert await is_caught(relay_dies(settings, broker))


async def late_commit(settings: Settings, broker: TestBroker) -> None:
    """A transaction that began first commits last; its event is published all the same."""
    async with living(settings, Life()) as whole:
        async with whole.transaction() as early:
            await publish(early, posted("EARLY"))
            async with whole.transaction() as late:
                await publish(late, posted("LATE"))
            await publish_all(settings, Life())
        await publish_all(settings, Life())
    assert len(await records(broker)) == 2


async def test_an_event_that_is_committed_late_is_published(settings: Settings, broker: TestBroker) -> None:
    await late_commit(settings, broker)


async def test_an_outbox_read_by_the_last_id_is_noticed(
    settings: Settings, broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = 0
    whole = Relay.publish_next

    class AfterTheLast:
        """Shows only what has a higher id than all that was published."""

        def __init__(self, connection: Any) -> None:
            self.connection = connection

        async def fetch(self, *arguments: Any) -> list[Any]:
            nonlocal last
            rows = [row for row in await self.connection.fetch(*arguments) if row["id"] > last]
            last = max([last, *(row["id"] for row in rows)])
            return rows

        async def execute(self, *arguments: Any) -> Any:
            return await self.connection.execute(*arguments)

    async def by_last_id(self: Relay, connection: Any, producer: Any) -> int:
        reading: Any = AfterTheLast(connection)
        return await whole(self, reading, producer)

    monkeypatch.setattr(Relay, "publish_next", by_last_id)

    assert await is_caught(late_commit(settings, broker))
