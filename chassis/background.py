"""What a service does by the clock is kept up: a failure in it stops that work for a while, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from chassis.faults import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Fault, Standstill, fault_of, next_pause

log = structlog.get_logger(__name__)

BACKGROUND = "background"


async def keep_up(work: Callable[[], Awaitable[None]], name: str, standstill: Standstill) -> None:
    """Run what runs until cancelled; begin it anew where it fails, after growing pauses, and tell what does not pass.

    What ran for longer than the longest pause worked, so that the pauses after it begin from the shortest.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it was, the rest of the service goes on
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            if fault_of(error) is not Fault.PASSING:
                error.add_note(f"in {name}")
                standstill.stop(BACKGROUND, name, error)
            log.warning("begun anew", work=name, pause_seconds=pause, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)
            pause = next_pause(pause)
        else:
            return
