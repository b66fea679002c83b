"""Tries again what waited: when its party got news, and now and then anyway."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog

from chassis.consuming.aside import headers_from_json
from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Dead, Received, Record, digest_of
from chassis.consuming.validation import read_event
from chassis.database import PASSING_FAULTS
from chassis.errors import Poison, Retry
from chassis.queries import load_queries

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
SWEEP_EVENTS = 500


class Sweeper:
    """Takes due waiting events, a bounded number at a time, and applies them as if they had just come."""

    def __init__(self, dispatcher: Dispatcher, wait_limit_seconds: float) -> None:
        self.dispatcher = dispatcher
        self.wait_limit = timedelta(seconds=wait_limit_seconds)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                while await self.sweep(await self.dispatcher.database.now()) == SWEEP_EVENTS:
                    pass
            except (*PASSING_FAULTS, Retry) as error:
                log.warning("sweep is retried", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(SWEEP_SECONDS)
            self.dispatcher.stirred.clear()
            try:
                await asyncio.wait_for(self.dispatcher.stirred.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue

    async def sweep(self, now: datetime) -> int:
        """Try what is due; by `now`, the database's time, it is told what waits too long. Gives how many were tried."""
        queries = load_queries("chassis")
        async with self.dispatcher.database.transaction() as connection:
            rows = await connection.fetch(queries.take_due_waiting, SWEEP_EVENTS)
            if not rows:
                return 0
            received, dead = self._read(rows, now)
            outcome = await self.dispatcher.apply_within(connection, received, dead)
            still = {digest_of(entry.received.record) for entry in outcome.waiting}
            await connection.execute(
                queries.delete_waiting, [row["digest"] for row in rows if bytes(row["digest"]) not in still]
            )
        return len(rows)

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
