"""A dispatcher of the read model, on the schema of writeoff."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Handled, Record
from chassis.consuming.validation import read_events
from chassis.consuming.waiting_retry import Sweeper
from chassis.database import Database, open_database
from read_model.items import item_handlers
from tests.databases import FreshDatabase

WAIT_LIMIT_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Consumer:
    """The consuming half of a service, without a broker."""

    database: Database
    dispatcher: Dispatcher
    sweeper: Sweeper

    async def take(self, records: Sequence[Record]) -> Handled:
        """Apply records as one batch of one partition."""
        return await self.dispatcher.apply(*read_events(records))

    async def rows(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Look into the schema."""
        return await self.database.pool.fetch(sql, *arguments)


@pytest.fixture
async def consumer(database: FreshDatabase) -> AsyncIterator[Consumer]:
    opened = await open_database(database.settings("writeoff"))
    dispatcher = Dispatcher(opened, item_handlers(), "writeoff")
    yield Consumer(opened, dispatcher, Sweeper(dispatcher, WAIT_LIMIT_SECONDS))
    await opened.close()
