"""Tries again what waited: when its key got news, and now and then anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog

from chassis.background import Upkeep, repeat
from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Received, Record, digest_of, headers_from_json
from chassis.consuming.partition_lanes import AT_ONCE_BYTES
from chassis.consuming.validation import read_event
from chassis.database import Connection, is_too_slow
from chassis.errors import Poison
from chassis.queries import load_queries

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
SWEEP_EVENTS = 500
"""Most events of a sweep, which is one transaction; it has no more bytes of them than one of a lane either."""
WAITING = "waiting"
SWEEP = "sweep"


class Sweeper:
    """Takes due waiting events, a bounded number at a time, and applies them as if they had just come."""

    def __init__(self, dispatcher: Dispatcher, wait_limit_seconds: float) -> None:
        self.dispatcher = dispatcher
        self.wait_limit = timedelta(seconds=wait_limit_seconds)
        self._most = SWEEP_EVENTS

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails as a whole comes again after pauses that grow."""
        await repeat(self._round, Upkeep(SWEEP, self.dispatcher.standstill, WAITING))

    async def _round(self) -> bool:
        """Sweep until nothing is due, and rest until something may be."""
        while await self._swept():
            pass
        self.dispatcher.stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.dispatcher.stirred.wait(), SWEEP_SECONDS)
        return True

    async def _swept(self) -> int:
        """A sweep; where a statement of it takes too long, half as much is taken next, and then twice as much again."""
        try:
            swept = await self.sweep(await self.dispatcher.database.now())
        except Exception as error:
            if not is_too_slow(error) or self._most == 1:
                raise
            self._most //= 2
            log.warning("sweep is cut", comes_next=self._most, error=f"{type(error).__name__}: {error}")
            return 1
        self._most = min(self._most * 2, SWEEP_EVENTS)
        return swept

    async def sweep(self, now: datetime) -> int:
        """Try what is due; by `now`, the database's time, it is told what waits too long. Gives how many were tried.

        An event on which our own code fails goes on waiting, is tried less and less often, and keeps no other waiting.
        """
        self.dispatcher.limit.check()
        async with self.dispatcher.database.transaction() as connection:
            rows = await connection.fetch(load_queries("chassis").take_due_waiting, self._most, AT_ONCE_BYTES)
            if not rows:
                return 0
            received, dead = self._read(rows, now)
            handled = await self.dispatcher.apply_within(connection, received, dead, leaves_failing=True)
            await self._keep(connection, [bytes(row["digest"]) for row in rows], handled)
            self.dispatcher.check_limit(received, dead, handled)
        self.dispatcher.count(received, dead, handled)
        return len(rows)

    async def _keep(self, connection: Connection, tried: Sequence[bytes], handled: Handled) -> None:
        """Forget what is done, postpone what failed, and tell which failed by a fault of ours."""
        queries, standstill = load_queries("chassis"), self.dispatcher.standstill
        failing = {digest_of(entry.received.record): entry.error for entry in handled.failing}
        still = {digest_of(entry.received.record) for entry in handled.waiting} | failing.keys()
        await connection.execute(queries.delete_waiting, [digest for digest in tried if digest not in still])
        if failing:
            await connection.execute(queries.postpone_waiting, list(failing))
        for digest in tried:
            if digest in failing:
                standstill.stop(WAITING, digest.hex(), failing[digest])
            else:
                standstill.go_on(WAITING, digest.hex())

    def _read(self, rows: list[asyncpg.Record], now: datetime) -> tuple[list[Received[Any]], list[Dead]]:
        received: list[Received[Any]] = []
        dead: list[Dead] = []
        for row in rows:
            record = Record(
                topic=row["topic"],
                partition=-1,
                offset=-1,
                key=row["key"].encode(),
                value=bytes(row["body"]),
                headers=headers_from_json(row["headers"]),
            )
            try:
                event = read_event(record)
            except Poison as poison:
                dead.append(Dead(record, poison))
                continue
            overdue = now - row["received_at"] > self.wait_limit
            received.append(Received(event.event, event.envelope, record, overdue=overdue))
        return received, dead
