"""Whose fault a failure is decides what becomes of the work, and what stands still is told while it does."""

import asyncpg
import pytest

from chassis.consuming.dead_letters import TooManyDeadLetters
from chassis.errors import Conflict, NotFound, Poison, Refused, Retry
from chassis.faults import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    STALE_SECONDS,
    Fault,
    Standstill,
    fault_of,
    next_pause,
)
from chassis.telemetry.metrics import STANDING_STILL

FAULTS = {
    Fault.PASSING: [
        Retry("later"),
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.DiskFullError(),
        asyncpg.InterfaceError("the connection is closed"),
    ],
    Fault.SENDER: [
        Poison("contract-violation", "no"),
        Refused("closed-period", "no"),
        NotFound("unknown", "no"),
        Conflict("changed", "no"),
        asyncpg.InvalidTextRepresentationError(),
        asyncpg.NumericValueOutOfRangeError(),
        asyncpg.UniqueViolationError(),
        asyncpg.CheckViolationError(),
    ],
    Fault.OURS: [
        KeyError("x"),
        TypeError(),
        AttributeError(),
        ValueError(),
        IndexError(),
        AssertionError(),
        ZeroDivisionError(),
        asyncpg.UndefinedColumnError(),
        asyncpg.PostgresSyntaxError(),
        asyncpg.InternalServerError(),
        TooManyDeadLetters("too many"),
    ],
}


@pytest.mark.parametrize(
    ("error", "fault"),
    [(error, fault) for fault, errors in FAULTS.items() for error in errors],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_is_somebodys_fault(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [FIRST_PAUSE_SECONDS]
    while pauses[-1] < LONGEST_PAUSE_SECONDS:
        pauses.append(next_pause(pauses[-1]))

    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0]
    assert next_pause(LONGEST_PAUSE_SECONDS) == LONGEST_PAUSE_SECONDS


def test_what_stands_still_is_told_without_any_value_until_it_goes_on() -> None:
    standstill = Standstill()
    secret = KeyError("Anna de Vries")
    secret.add_note("on item-posted")

    standstill.stop("lane", "3", secret)
    standstill.stop("lane", "4", secret)
    told = standstill.told()
    measured = STANDING_STILL.labels("lane")._value.get()
    standstill.go_on("lane", "3")
    standstill.go_on("lane", "4")

    assert told == "lane (2): KeyError on item-posted"
    assert measured == 2
    assert standstill.told() is None
    assert STANDING_STILL.labels("lane")._value.get() == 0


def test_what_nobody_says_again_is_forgotten_since_another_process_may_have_done_it() -> None:
    now = 0.0
    standstill = Standstill(lambda: now)
    standstill.stop("waiting", "a", KeyError())

    now = STALE_SECONDS
    still = standstill.told()
    now += 1
    gone = standstill.told()

    assert (still, gone) == ("waiting (1): KeyError", None)
