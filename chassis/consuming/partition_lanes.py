"""What is read and not yet applied: a lane for each partition number, all of them side by side.

    read -> put(number, group) -> [lane 0: group, group, …] -> apply -> acknowledge
                                  [lane 1: group, …       ] -> apply -> acknowledge

A lane applies what it has in the order in which it was read, as much at once as there is by then: while PostgreSQL
works on one transaction Python reads what comes next, and no lane waits for another.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field

import structlog
from aiokafka import TopicPartition

from chassis.consuming.handling import Dead, Received
from chassis.faults import FIRST_PAUSE_SECONDS, Fault, Standstill, fault_of, next_pause
from chassis.telemetry import metrics
from contracts.event import Event

log = structlog.get_logger(__name__)

LANE = "lane"


@dataclass(slots=True)
class LaneGroup:
    """Events of one partition number in their order, the dead ones beside them, and where each partition goes on."""

    received: list[Received[Event]] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    ends: dict[TopicPartition, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.received) + len(self.dead)

    def extend(self, later: LaneGroup) -> None:
        """Add what was read after it."""
        self.received += later.received
        self.dead += later.dead
        self.ends |= later.ends


Apply = Callable[[LaneGroup], Awaitable[None]]
"""Applies a group and acknowledges it then; raises when nothing of it was applied."""


class Lanes:
    """Applies groups, each lane's in their order; what fails is tried again until it works or is given up.

    At most `at_once` events are one transaction, and twice as many in memory.
    """

    def __init__(self, apply: Apply, at_once: int, standstill: Standstill | None = None) -> None:
        self._apply = apply
        self._at_once = at_once
        self._standstill = standstill or Standstill()
        self._waiting: dict[int, deque[LaneGroup]] = defaultdict(deque)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._held = 0
        self._freed = asyncio.Event()
        self._giving_up = asyncio.Event()
        # whoever puts a group does so in a context that holds all of its message: timers would keep it for minutes
        self._context = copy_context()

    def put(self, number: int, group: LaneGroup) -> None:
        """Have a group applied after those of its number that were put before; dropped while lanes are given up."""
        # Its partition goes to somebody else, who reads it again from what was acknowledged.
        if self._giving_up.is_set():
            return
        self._held += len(group)
        self._waiting[number].append(group)
        # A lane is a task only while it has something to do.
        if number not in self._running:
            self._running[number] = asyncio.create_task(self._run(number), context=self._context.copy())

    async def room(self) -> None:
        """Wait until as much may be put as is one transaction, or until lanes are given up."""
        while self._held > self._at_once and not self._giving_up.is_set():
            self._freed.clear()
            await self._freed.wait()

    async def give_up(self) -> None:
        """Drop what waits; let what is being applied be finished, unless it cannot be applied now."""
        # Whoever pauses or waits for room sees this and stops; what is being applied is finished.
        self._giving_up.set()
        self._freed.set()
        # What was only read is nobody's loss: its offsets were never acknowledged.
        self._held -= sum(len(group) for waiting in self._waiting.values() for group in waiting)
        self._waiting.clear()
        await asyncio.gather(*self._running.values())

    def open(self) -> None:
        """Take groups again, after lanes were given up."""
        self._giving_up.clear()

    async def _run(self, number: int) -> None:
        try:
            while waiting := self._waiting.get(number):
                await self._finish(number, self._next(waiting))
        finally:
            del self._running[number]

    def _next(self, waiting: deque[LaneGroup]) -> LaneGroup:
        """As many of the groups as are one transaction."""
        # What came while the last transaction ran goes into the next: the slower the database, the larger its batches.
        group = waiting.popleft()
        while waiting and len(group) + len(waiting[0]) <= self._at_once:
            group.extend(waiting.popleft())
        return group

    async def _finish(self, number: int, group: LaneGroup) -> None:
        """Apply a group, trying again after pauses that grow; a fault of ours is told while it lasts."""
        pause = FIRST_PAUSE_SECONDS
        while not await self._is_applied(number, group, pause) and not await self._gives_up(pause):
            pause = next_pause(pause)
        self._standstill.go_on(LANE, str(number))
        self._held -= len(group)
        self._freed.set()

    async def _is_applied(self, number: int, group: LaneGroup, pause: float) -> bool:
        try:
            await self._apply(group)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the group is kept and comes again
            metrics.BATCH_RETRIES.inc()
            if fault_of(failure) is not Fault.PASSING:
                self._standstill.stop(LANE, str(number), failure)
            log.warning("batch is retried", pause_seconds=pause, error=f"{type(failure).__name__}: {failure}")
            return False
        return True

    async def _gives_up(self, pause: float) -> bool:
        """Pause, unless lanes are given up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._giving_up.wait(), pause)
        return self._giving_up.is_set()
