"""A version of a configuration says one thing, in every service alike."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.reading import read_events
from chassis.consuming.received import Record
from chassis.database import Database, open_database
from chassis.settings import ServiceName
from contracts.event import Event
from contracts.operators import AdministrationConfigured
from tests.databases import FreshDatabase
from tests.declared import SERVICES, declared_services
from tests.events import event_of, record_of

HOLDS = "SELECT version, configuration ->> 'name' AS name FROM administration"
DEAD = "SELECT code, field, remedy FROM dead_letter"


class Consuming:
    """What one service does with batches of events."""

    def __init__(self, database: Database, service: ServiceName) -> None:
        self.database = database
        declared = declared_services()[service]
        self.dispatcher = Dispatcher(database, declared.handlers, service, declared.prepare)

    async def take(self, *batch: Record) -> None:
        await self.dispatcher.apply(*read_events(batch))

    async def holds(self) -> tuple[Any, ...]:
        (row,) = await self.database.pool.fetch(HOLDS)
        return tuple(row)

    async def dead(self) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in await self.database.pool.fetch(DEAD)]


@pytest.fixture(params=SERVICES)
async def consuming(database: FreshDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Consuming]:
    opened = await open_database(database.settings(request.param))
    yield Consuming(opened, request.param)
    await opened.close()


def configured(version: int, name: str) -> Event:
    return event_of(AdministrationConfigured, version=version, name=name)


CONTRADICTION = (
    "contradictory-version",
    "version",
    "A version never changes: publish this under version 3 or higher.",
)


async def test_other_content_under_the_version_that_holds_is_put_aside_once(consuming: Consuming) -> None:
    other = record_of(configured(2, "other"), 2)

    await consuming.take(record_of(configured(2, "first"), 1))
    await consuming.take(other)
    await consuming.take(other)

    assert await consuming.holds() == (2, "first")
    assert await consuming.dead() == [CONTRADICTION]


async def test_within_a_batch_the_first_of_a_version_holds_too(consuming: Consuming) -> None:
    await consuming.take(record_of(configured(2, "first"), 1), record_of(configured(2, "other"), 2))

    assert await consuming.holds() == (2, "first")
    assert await consuming.dead() == [CONTRADICTION]


async def test_the_same_again_is_a_duplicate_whether_or_not_it_names_its_defaults(consuming: Consuming) -> None:
    event = configured(2, "first")
    short = event.model_dump_json(exclude_unset=True).encode()
    assert short != record_of(event).body

    await consuming.take(record_of(event, 1))
    await consuming.take(record_of(event, 2, body=short), record_of(event, 3))

    assert await consuming.holds() == (2, "first")
    assert await consuming.dead() == []


async def test_an_older_version_is_superseded_and_a_newer_one_taken_whatever_they_say(consuming: Consuming) -> None:
    await consuming.take(record_of(configured(2, "second"), 1))
    await consuming.take(record_of(configured(1, "late"), 2), record_of(configured(3, "third"), 3))

    assert await consuming.holds() == (3, "third")
    assert await consuming.dead() == []
