"""Tries again what waited: when its key got news, and now and then anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Handled, Received, Record, digest_of, headers_from_json
from chassis.consuming.validation import read_event
from chassis.database import Connection
from chassis.errors import Poison
from chassis.faults import FIRST_PAUSE_SECONDS, Fault, fault_of, next_pause
from chassis.queries import load_queries

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
SWEEP_EVENTS = 500
WAITING = "waiting"
SWEEP = "sweep"


class Sweeper:
    """Takes due waiting events, a bounded number at a time, and applies them as if they had just come."""

    def __init__(self, dispatcher: Dispatcher, wait_limit_seconds: float) -> None:
        self.dispatcher = dispatcher
        self.wait_limit = timedelta(seconds=wait_limit_seconds)

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails as a whole comes again after pauses that grow."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                while await self.sweep(await self.dispatcher.database.now()) == SWEEP_EVENTS:
                    pass
            except Exception as error:  # noqa: BLE001 - whatever it was, what waits is kept and tried again
                self._tell(error, pause)
                await asyncio.sleep(pause)
                pause = next_pause(pause)
                continue
            pause = FIRST_PAUSE_SECONDS
            self.dispatcher.standstill.go_on(WAITING, SWEEP)
            self.dispatcher.stirred.clear()
            try:
                await asyncio.wait_for(self.dispatcher.stirred.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue

    def _tell(self, error: Exception, pause: float) -> None:
        if fault_of(error) is not Fault.PASSING:
            self.dispatcher.standstill.stop(WAITING, SWEEP, error)
        log.warning("sweep is retried", pause_seconds=pause, error=f"{type(error).__name__}: {error}")

    async def sweep(self, now: datetime) -> int:
        """Try what is due; by `now`, the database's time, it is told what waits too long. Gives how many were tried.

        An event on which our own code fails goes on waiting, is tried less and less often, and keeps no other waiting.
        """
        self.dispatcher.limit.check()
        async with self.dispatcher.database.transaction() as connection:
            rows = await connection.fetch(load_queries("chassis").take_due_waiting, SWEEP_EVENTS)
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
