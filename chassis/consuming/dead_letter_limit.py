"""The limit of dead letters: past it a service stops taking instead of emptying a topic into them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from chassis.consuming.handling import Message
from chassis.errors import OpenItemsError

log = structlog.get_logger(__name__)

MINUTE_SECONDS = 60


class TooManyDeadLetters(OpenItemsError):
    """More of a topic's events would become dead letters than may: nothing of the batch was applied."""


@dataclass(frozen=True, slots=True)
class DeadLetterAllowance:
    """How many of a topic's events may become dead letters within a minute in one process.

    `tolerated` whatever their share is, and beyond that `share` of the topic's events (1 takes any number).
    """

    tolerated: int = 100
    share: float = 0.1


@dataclass(slots=True)
class _Minute:
    """What was taken, and what of it became a dead letter, by topic."""

    number: int = -1
    taken: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)


class DeadLetterLimit:
    """Counts what one process takes; once a topic is past the allowance, nothing is taken until it is begun anew.

    Transactions that commit at the same moment do not see one another, so that as many times the allowance may pass
    as lanes are applied side by side.
    """

    def __init__(self, allowance: DeadLetterAllowance, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowance = allowance
        self._clock = clock
        self._minute = _Minute()
        self._stopped: str | None = None

    def check(self) -> None:
        """Raise TooManyDeadLetters when the limit was reached."""
        if self._stopped is not None:
            raise TooManyDeadLetters(self._stopped)

    def check_before_commit(self, taken: Iterable[Message], dead: Iterable[Message]) -> None:
        """Raise TooManyDeadLetters, from now on for everything, when these new dead letters are too many."""
        new = _by_topic(dead)
        if not new:
            return
        minute, took = self._this_minute(), _by_topic(taken)
        for topic, count in new.items():
            letters, events = minute.dead[topic] + count, minute.taken[topic] + took[topic]
            if letters > max(self.allowance.tolerated, self.allowance.share * events):
                self._stop(topic, letters, events)
        self.check()

    def add(self, taken: Iterable[Message], dead: Iterable[Message]) -> None:
        """Count what a transaction committed."""
        minute = self._this_minute()
        minute.taken += _by_topic(taken)
        minute.dead += _by_topic(dead)

    def told(self) -> str | None:
        """Why nothing is taken, in words for anybody; None while all is well."""
        return self._stopped

    def _this_minute(self) -> _Minute:
        number = int(self._clock() // MINUTE_SECONDS)
        if number != self._minute.number:
            self._minute = _Minute(number)
        return self._minute

    def _stop(self, topic: str, letters: int, events: int) -> None:
        self._stopped = f"nothing is taken: {letters} of {events} events on {topic} would become dead letters"
        log.error(
            "nothing is taken any more: too many dead letters",
            topic=topic,
            dead_letters=letters,
            events=events,
            remedy="mend the cause and start the service again, or with a higher OPENITEMS_DEAD_LETTER_SHARE",
        )


def _by_topic(messages: Iterable[Message]) -> Counter[str]:
    return Counter(message.topic for message in messages)
