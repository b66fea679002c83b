"""One transaction for a group of events; what the group fails on is found by halving and put aside."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import asyncpg
import structlog

from chassis.consuming.aside import put_dead, put_waiting
from chassis.consuming.handling import Dead, Handled, Handlers, Message, Prepare, Received
from chassis.consuming.validation import read_event
from chassis.database import Connection, Database, is_passing
from chassis.errors import Poison, Refused, Retry
from chassis.queries import load_queries
from contracts.event import Event, PartyEvent

log = structlog.get_logger(__name__)

STOPPING_FAULTS = (asyncpg.SyntaxOrAccessError, asyncpg.InternalServerError, asyncpg.ConfigurationLimitExceededError)
"""Faults of ours that no event caused: the line stops and an operator is called, nothing is put aside."""
MAX_ERROR_TEXT = 400


class Dispatcher:
    """Applies events by the service's table of handlers."""

    def __init__(self, database: Database, handlers: Handlers, service: str, prepare: Prepare | None = None) -> None:
        self.database = database
        self.handlers = handlers
        self.service = service
        self.prepare = prepare
        self.stirred = asyncio.Event()
        """Set when parties got news for which something waits."""

    async def apply(self, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        """Apply events and put aside dead ones in one transaction; gives what was put aside.

        Raises Retry when the fault is a passing one: nothing was applied then.
        """
        try:
            async with self.database.transaction() as connection:
                outcome = await self.apply_within(connection, received, dead)
            async with self.database.connection() as connection:
                stirred = await wake_waiting(connection, received)
        except Exception as error:
            if is_passing(error) or isinstance(error, STOPPING_FAULTS):
                raise Retry(f"{type(error).__name__}: {error}") from error
            raise
        if stirred:
            self.stirred.set()
        return outcome

    async def apply_within(
        self, connection: Connection, received: Sequence[Received[Any]], dead: Sequence[Dead]
    ) -> Handled:
        """Apply events in the caller's transaction; a failing one is isolated by savepoints and put aside as dead."""
        if self.prepare is not None:
            await self.prepare(connection, received)
        try:
            async with connection.transaction():
                return await self._apply_in(connection, received, dead)
        except Exception as error:
            if not received or _stops_the_line(error):
                raise
            if len(received) == 1:
                log.warning("event put aside", topic=received[0].record.topic, exc_info=error)
                return await self.apply_within(connection, (), (*dead, Dead(received[0].record, poison_of(error))))
            middle = len(received) // 2
            outcome = await self.apply_within(connection, received[:middle], dead)
            outcome.extend(await self.apply_within(connection, received[middle:], ()))
            return outcome

    async def _apply_in(
        self, connection: Connection, received: Sequence[Received[Any]], dead: Sequence[Dead]
    ) -> Handled:
        outcome = Handled(dead=list(dead))
        by_topic: dict[str, list[Received[Event]]] = defaultdict(list)
        for topic, entries in groupby(received, attrgetter("record.topic")):
            by_topic[topic] += entries
        for topic, handler in self.handlers.items():
            if topic in by_topic:
                outcome.extend(await handler(connection, by_topic[topic]))
        await put_waiting(connection, outcome.waiting)
        await put_dead(connection, outcome.dead, self.service)
        return outcome

    async def retry_dead(self, connection: Connection, record: Message) -> Poison | None:
        """Try a dead letter again in the caller's transaction; the poison when it still cannot be applied."""
        try:
            async with connection.transaction():
                outcome = Handled()
                outcome.extend(await self.handlers[record.topic](connection, [read_event(record)]))
                await put_waiting(connection, outcome.waiting)
        except Exception as error:
            if _stops_the_line(error):
                raise
            return poison_of(error)
        return outcome.dead[0].poison if outcome.dead else None


def _stops_the_line(error: Exception) -> bool:
    return is_passing(error) or isinstance(error, (*STOPPING_FAULTS, Retry, AssertionError))


def poison_of(error: Exception) -> Poison:
    """What a failed event's dead letter says."""
    if isinstance(error, Poison):
        return error
    if isinstance(error, Refused):
        return Poison(error.code, error.message, field=error.field, remedy=error.remedy)
    text = f"{type(error).__name__}: {error}"[:MAX_ERROR_TEXT]
    return Poison("cannot-apply", "{error}", error=text, remedy="Mend the cause and retry the dead letter.")


async def wake_waiting(connection: Connection, received: Sequence[Received[Any]]) -> bool:
    """Make what waits for these events' parties due now; False when nothing waits at all."""
    queries = load_queries("chassis")
    if not await connection.fetchval(queries.any_waiting):
        return False
    parties = {(e.event.administration, e.event.party_id) for e in received if isinstance(e.event, PartyEvent)}
    await connection.execute(queries.wake_waiting, [party[0] for party in parties], [party[1] for party in parties])
    return True
