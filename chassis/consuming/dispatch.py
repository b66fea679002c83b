"""One transaction for a group of events; what the group fails on is found by halving, and put aside or left."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog

from chassis.consuming.dead_letters import DeadLetterAllowance, DeadLetterLimit, put_dead
from chassis.consuming.handling import Dead, Failing, Handled, Handlers, Message, Prepare, Received
from chassis.consuming.validation import read_event
from chassis.consuming.waiting import put_waiting
from chassis.database import Connection, Database, is_too_slow
from chassis.errors import Poison, Refused, Retry, TooSlow
from chassis.faults import Fault, Standstill, fault_of
from chassis.queries import load_queries
from contracts.event import Event

log = structlog.get_logger(__name__)

MAX_ERROR_TEXT = 400


class Dispatcher:
    """Applies events by the service's table of handlers."""

    def __init__(
        self,
        database: Database,
        handlers: Handlers,
        service: str,
        prepare: Prepare | None = None,
        allowance: DeadLetterAllowance | None = None,
    ) -> None:
        self.database = database
        self.handlers = handlers
        self.service = service
        self.prepare = prepare
        self.limit = DeadLetterLimit(allowance or DeadLetterAllowance())
        self.standstill = Standstill()
        self.stirred = asyncio.Event()
        """Set when keys got news for which something waits."""

    async def apply(self, received: Sequence[Received[Any]], dead: Sequence[Dead] = ()) -> Handled:
        """Apply events and put aside dead ones in one transaction; gives what was put aside.

        Raises Retry when the fault is a passing one (TooSlow when less at once may work), TooManyDeadLetters past the
        limit, and whatever else was our own fault as it is: nothing was applied then.
        """
        self.limit.check()
        try:
            async with self.database.transaction() as connection:
                handled = await self.apply_within(connection, received, dead)
                self.check_limit(received, dead, handled)
            async with self.database.connection() as connection:
                stirred = await wake_waiting(connection, received)
        except Exception as error:
            if fault_of(error) is Fault.PASSING:
                again = TooSlow if is_too_slow(error) else Retry
                raise again(f"{type(error).__name__}: {error}") from error
            raise
        self.count(received, dead, handled)
        if stirred:
            self.stirred.set()
        return handled

    def check_limit(self, received: Sequence[Received[Any]], dead: Sequence[Dead], handled: Handled) -> None:
        """Raise TooManyDeadLetters when what is about to be committed has too many new dead letters."""
        self.limit.check_before_commit(_messages(received, dead), _messages((), handled.new_dead))

    def count(self, received: Sequence[Received[Any]], dead: Sequence[Dead], handled: Handled) -> None:
        """Count towards the limit of dead letters what was committed."""
        self.limit.add(_messages(received, dead), _messages((), handled.new_dead))

    async def apply_within(
        self,
        connection: Connection,
        received: Sequence[Received[Any]],
        dead: Sequence[Dead],
        *,
        leaves_failing: bool = False,
    ) -> Handled:
        """Apply events in the caller's transaction; a failing one is isolated by savepoints and put aside as dead.

        A fault of ours is raised, or, with `leaves_failing`, isolated in the same way: the event on which it came up is
        left out and told as failing, and all others are applied.
        """
        # The locks of the whole batch come first, in one order, and outside of the savepoint: they outlive halving.
        if self.prepare is not None:
            await self.prepare(connection, received)
        # Nearly always everything applies at once, and one savepoint is all that isolation costs.
        try:
            async with connection.transaction():
                return await self._apply_in(connection, received, dead)
        except Exception as error:
            fault = fault_of(error)
            # Nothing to halve: the fault is passing, or ours and the caller cannot go on without the event.
            if not received or fault is Fault.PASSING or (fault is Fault.OURS and not leaves_failing):
                raise
            if len(received) == 1:
                return await self._apply_without(connection, received[0], dead, error)
        # Both halves fail or apply by themselves; what came dead already goes with the first of them.
        middle = len(received) // 2
        handled = await self.apply_within(connection, received[:middle], dead, leaves_failing=leaves_failing)
        handled.extend(await self.apply_within(connection, received[middle:], (), leaves_failing=leaves_failing))
        return handled

    async def _apply_without(
        self, connection: Connection, entry: Received[Any], dead: Sequence[Dead], error: Exception
    ) -> Handled:
        """The event that fails by itself is found: it is a dead letter if its sender can mend it, else it is left."""
        if fault_of(error) is Fault.OURS:
            handled = await self.apply_within(connection, (), dead)
            handled.failing.append(Failing(entry, error))
            return handled
        log.warning("event put aside", topic=entry.record.topic, exc_info=error)
        return await self.apply_within(connection, (), (*dead, Dead(entry.record, poison_of(error))))

    async def _apply_in(
        self, connection: Connection, received: Sequence[Received[Any]], dead: Sequence[Dead]
    ) -> Handled:
        handled = Handled(dead=list(dead))
        by_topic: dict[str, list[Received[Event]]] = defaultdict(list)
        for topic, entries in groupby(received, attrgetter("record.topic")):
            by_topic[topic] += entries
        for topic, handler in self.handlers.items():
            if topic in by_topic:
                try:
                    handled.extend(await handler(connection, by_topic[topic]))
                except Exception as error:
                    error.add_note(f"on {topic}")
                    raise
        await put_waiting(connection, handled.waiting)
        handled.new_dead += await put_dead(connection, handled.dead, self.service)
        return handled

    async def retry_dead(self, connection: Connection, record: Message) -> Poison | None:
        """Try a dead letter again in the caller's transaction; the poison when it still cannot be applied.

        A passing fault, and one of ours, is raised: the letter stays as it is.
        """
        try:
            async with connection.transaction():
                handled = Handled()
                handled.extend(await self.handlers[record.topic](connection, [read_event(record)]))
                await put_waiting(connection, handled.waiting)
        except Exception as error:
            if fault_of(error) is not Fault.SENDER:
                raise
            return poison_of(error)
        return handled.dead[0].poison if handled.dead else None


def poison_of(error: Exception) -> Poison:
    """What a failed event's dead letter says."""
    if isinstance(error, Poison):
        return error
    if isinstance(error, Refused):
        return Poison(error.code, error.message, field=error.field, remedy=error.remedy)
    text = f"{type(error).__name__}: {error}"[:MAX_ERROR_TEXT]
    return Poison("cannot-apply", "{error}", error=text, remedy="Mend the cause and retry the dead letter.")


def _messages(received: Sequence[Received[Any]], dead: Sequence[Dead]) -> list[Message]:
    return [*(entry.record for entry in received), *(entry.record for entry in dead)]


async def wake_waiting(connection: Connection, received: Sequence[Received[Any]]) -> bool:
    """Make what waits under the keys of these events due now; False when nothing waits at all."""
    queries = load_queries("chassis")
    if not await connection.fetchval(queries.any_waiting):
        return False
    await connection.execute(queries.wake_waiting, sorted({entry.event.key for entry in received}))
    return True
