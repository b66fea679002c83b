"""What is read and not yet applied: a lane for each partition number, all of them side by side.

    read -> put(number, group) -> [lane 0: group, group, …] -> apply -> acknowledge
                                  [lane 1: group, …       ] -> apply -> acknowledge

A lane applies what it has in the order in which it was read, as much at once as there is by then: while PostgreSQL
works on one transaction Python reads what comes next, and no lane waits for another.

What is one transaction is bounded by events and by their bytes, so that events of thousands of lines do not come by the
thousand. Where even that takes longer than a statement or a lock may, the group is cut: its first half comes next, and
half of that if need be, down to a single event. After each transaction that works, the lane takes twice as much again.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import accumulate, takewhile

import structlog
from aiokafka import TopicPartition

from chassis.consuming.handling import Dead, Received
from chassis.errors import TooSlow
from chassis.faults import FIRST_PAUSE_SECONDS, Fault, Standstill, fault_of, next_pause
from chassis.telemetry import metrics
from contracts.event import Event

log = structlog.get_logger(__name__)

LANE = "lane"
AT_ONCE_BYTES = 8 * 1024 * 1024
"""Most bytes of events in one transaction: some 70,000 lines of the largest ones, which take a second or two."""
STILL_SECONDS = 180.0
"""A lane that has applied nothing for so long stands still, whatever the reason: more than one statement may take."""


@dataclass(slots=True)
class LaneGroup:
    """Events of one partition number in their order, the dead ones beside them, and where each partition goes on.

    `size` is what the events have in bytes.
    """

    received: list[Received[Event]] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    ends: dict[TopicPartition, int] = field(default_factory=dict)
    size: int = 0

    def __len__(self) -> int:
        return len(self.received) + len(self.dead)

    def extend(self, later: LaneGroup) -> None:
        """Add what was read after it."""
        self.received += later.received
        self.dead += later.dead
        self.ends |= later.ends
        self.size += later.size

    def events_within(self, size: int) -> int:
        """How many of its first events have no more than so many bytes together; one at least, if there is any."""
        ends = accumulate(len(entry.record.value or b"") for entry in self.received)
        return max(min(1, len(self.received)), sum(1 for _ in takewhile(lambda end: end <= size, ends)))

    def cut(self, events: int) -> tuple[LaneGroup, LaneGroup]:
        """Its first events, and the rest; what came dead already goes with the first of them.

        A partition goes on where the rest has its first event of it: what comes before that is applied by then.
        """
        first, rest = self.received[:events], self.received[events:]
        goes_on = {TopicPartition(e.record.topic, e.record.partition): e.record.offset for e in reversed(rest)}
        size = size_of(first)
        return (
            LaneGroup(first, self.dead, self.ends | goes_on, size),
            LaneGroup(rest, [], dict(self.ends), self.size - size),
        )


def size_of(received: Iterable[Received[Event]]) -> int:
    """Bytes of the events as they came."""
    return sum(len(entry.record.value or b"") for entry in received)


Apply = Callable[[LaneGroup], Awaitable[None]]
"""Applies a group and acknowledges it then; raises when nothing of it was applied."""


class Lanes:
    """Applies groups, each lane's in their order; what fails is tried again until it works or is given up.

    At most `at_once` events, and AT_ONCE_BYTES of them, are one transaction, and twice as much is in memory.
    """

    def __init__(
        self,
        apply: Apply,
        at_once: int,
        standstill: Standstill | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._apply = apply
        self._at_once = at_once
        self._standstill = standstill or Standstill()
        self._clock = clock
        self._waiting: dict[int, deque[LaneGroup]] = defaultdict(deque)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._since: dict[int, float] = {}
        self._most: dict[int, int] = {}
        self._held_events = 0
        self._held_size = 0
        self._freed = asyncio.Event()
        self._giving_up = asyncio.Event()
        # whoever puts a group does so in a context that holds all of its message: timers would keep it for minutes
        self._context = copy_context()

    def put(self, number: int, group: LaneGroup) -> None:
        """Have a group applied after those of its number that were put before; dropped while lanes are given up."""
        # Its partition goes to somebody else, who reads it again from what was acknowledged.
        if self._giving_up.is_set():
            return
        self._hold(group)
        self._waiting[number].append(group)
        # A lane is a task only while it has something to do.
        if number not in self._running:
            self._since[number] = self._clock()
            self._running[number] = asyncio.create_task(self._run(number), context=self._context.copy())

    async def room(self) -> None:
        """Wait until as much may be put as is one transaction, or until lanes are given up."""
        while self._is_full() and not self._giving_up.is_set():
            self._freed.clear()
            await self._freed.wait()

    async def give_up(self) -> None:
        """Drop what waits; let what is being applied be finished, unless it cannot be applied now."""
        # Whoever pauses or waits for room sees this and stops; what is being applied is finished.
        self._giving_up.set()
        self._freed.set()
        # What was only read is nobody's loss: its offsets were never acknowledged.
        for waiting in self._waiting.values():
            for group in waiting:
                self._release(group)
        self._waiting.clear()
        await asyncio.gather(*self._running.values())

    def open(self) -> None:
        """Take groups again, after lanes were given up."""
        self._giving_up.clear()

    def still(self) -> dict[int, float]:
        """The lanes that have something to apply and applied nothing for STILL_SECONDS: by number, for how long."""
        now = self._clock()
        waited = {number: now - since for number, since in self._since.items()}
        return {number: seconds for number, seconds in sorted(waited.items()) if seconds > STILL_SECONDS}

    def _is_full(self) -> bool:
        return self._held_events > self._at_once or self._held_size > AT_ONCE_BYTES

    def _hold(self, group: LaneGroup) -> None:
        self._held_events += len(group)
        self._held_size += group.size

    def _release(self, group: LaneGroup) -> None:
        self._held_events -= len(group)
        self._held_size -= group.size
        self._freed.set()

    async def _run(self, number: int) -> None:
        try:
            while self._waiting.get(number):
                await self._finish(number, self._next(number))
                self._since[number] = self._clock()
        finally:
            del self._running[number]
            del self._since[number]

    def _next(self, number: int) -> LaneGroup:
        """As much of the groups as is one transaction of the lane."""
        waiting, most = self._waiting[number], self._most.get(number, self._at_once)
        # What came while the last transaction ran goes into the next: the slower the database, the larger its batches.
        group = waiting.popleft()
        while waiting and self._fit(group, waiting[0], most):
            group.extend(waiting.popleft())
        # And what is more than one transaction by itself is cut.
        fits = min(most, group.events_within(AT_ONCE_BYTES) if group.size > AT_ONCE_BYTES else most)
        if len(group.received) > fits:
            group, rest = group.cut(fits)
            waiting.appendleft(rest)
        return group

    def _fit(self, group: LaneGroup, later: LaneGroup, most: int) -> bool:
        return len(group) + len(later) <= most and group.size + later.size <= AT_ONCE_BYTES

    async def _finish(self, number: int, group: LaneGroup) -> None:
        """Apply a group, trying again after pauses that grow; a fault of ours is told while it lasts."""
        pause = FIRST_PAUSE_SECONDS
        try:
            while not await self._is_applied(number, group, pause) and not await self._gives_up(pause):
                pause = next_pause(pause)
        except TooSlow as failure:
            self._cut(number, group, failure)
            return
        self._standstill.go_on(LANE, str(number))
        self._release(group)

    async def _is_applied(self, number: int, group: LaneGroup, pause: float) -> bool:
        """False where it has to be tried again; raises TooSlow where less of it may work."""
        try:
            await self._apply(group)
        except Exception as failure:
            if isinstance(failure, TooSlow) and len(group.received) > 1:
                raise
            metrics.BATCH_RETRIES.inc()
            if fault_of(failure) is not Fault.PASSING:
                self._standstill.stop(LANE, str(number), failure)
            log.warning("batch is retried", pause_seconds=pause, error=f"{type(failure).__name__}: {failure}")
            return False
        self._grow(number)
        return True

    def _cut(self, number: int, group: LaneGroup, failure: TooSlow) -> None:
        """Have the first half of a group come next, and the rest after it; dropped while lanes are given up."""
        self._most[number] = len(group.received) // 2
        metrics.BATCHES_CUT.inc()
        log.warning("batch is cut", events=len(group), comes_next=self._most[number], error=str(failure))
        if self._giving_up.is_set():
            self._release(group)
        else:
            self._waiting[number].appendleft(group)

    def _grow(self, number: int) -> None:
        """After what worked, take twice as much at once, up to what is usual."""
        if number in self._most:
            self._most[number] *= 2
            if self._most[number] >= self._at_once:
                del self._most[number]

    async def _gives_up(self, pause: float) -> bool:
        """Pause, unless lanes are given up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._giving_up.wait(), pause)
        return self._giving_up.is_set()
