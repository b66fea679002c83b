"""Whose fault a failure is, what is done about it, and what stands still because of one.

One policy for all that takes work by itself: a lane of events, an event that waits, a chunk of a long run, what a
service does by the clock. `chassis.consuming` and `chassis.background` say what each of them does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
import structlog

from chassis.database import is_passing
from chassis.errors import Poison, Refused, Retry
from chassis.telemetry.metrics import FAULTS, STANDING_STILL

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 20.0
"""Pauses between tries of the same work double from the first to the longest; tries go on until it works."""
STALE_SECONDS = 180.0
"""What nobody said again for so long stands still no more, or elsewhere: another process may have done it meanwhile."""
MAX_TOLD = 5


class Fault(StrEnum):
    """Whose fault the failure of a piece of work is, which decides what becomes of the work."""

    PASSING = "passing"
    """Nobody's: the same work may well succeed later."""
    OURS = "ours"
    """Our code's or our schema's: only a mended version helps, and every event like this one would fail."""
    SENDER = "sender"
    """The sender's: only another event helps, and others do not fail for it."""


SENDERS = (Poison, Refused, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""What only the sender can mend: refusals, and values that PostgreSQL does not take."""


def fault_of(error: BaseException) -> Fault:
    """Whose fault an error is that a handler of events raised; what nobody foresaw is ours."""
    if is_passing(error) or isinstance(error, Retry):
        return Fault.PASSING
    if isinstance(error, SENDERS) or _cannot_be_carried(error):
        return Fault.SENDER
    return Fault.OURS


def _cannot_be_carried(error: BaseException) -> bool:
    """Whether a value has no form in PostgreSQL's protocol: asyncpg tells it as a fault of its interface."""
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def next_pause(pause_seconds: float) -> float:
    """How long to pause after the next try that fails."""
    return min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class _Reason:
    error: Exception
    said_at: float


class Standstill:
    """What does not get on because of a fault of ours: the log tells it once, a metric and readiness while it lasts.

    A `part` is what the metric and readiness name (lane, waiting, run, background); `name` tells its like apart.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reasons: dict[tuple[str, str], _Reason] = {}

    def stop(self, part: str, name: str, error: Exception) -> None:
        """It failed again by a fault of ours; what failed in the same way before is not logged again."""
        known = self._reasons.get((part, name))
        self._reasons[part, name] = _Reason(error, self._clock())
        if known is None or type(known.error) is not type(error):
            log.error("stands still by a fault of ours", part=part, name=name, exc_info=error)
        FAULTS.labels(part).inc()
        self._measure()

    def go_on(self, part: str, name: str) -> None:
        """It works, or is not ours to do any more."""
        if self._reasons.pop((part, name), None) is not None:
            log.info("goes on", part=part, name=name)
            self._measure()

    def told(self) -> str | None:
        """What stands still and by what kind of fault, in words for anybody; None when all gets on."""
        self._measure()
        found = Counter((part, describe(reason.error)) for (part, _), reason in self._reasons.items())
        told = [f"{part} ({count}): {words}" for (part, words), count in found.most_common(MAX_TOLD)]
        return "; ".join(told) or None

    def _measure(self) -> None:
        oldest = self._clock() - STALE_SECONDS
        self._reasons = {key: reason for key, reason in self._reasons.items() if reason.said_at >= oldest}
        STANDING_STILL.clear()
        for part, count in Counter(part for part, _ in self._reasons).items():
            STANDING_STILL.labels(part).set(count)


def describe(error: BaseException) -> str:
    """The kind of an error and where it met us, without any value of an event: anybody may read it."""
    return " ".join([type(error).__name__, *getattr(error, "__notes__", [])])
