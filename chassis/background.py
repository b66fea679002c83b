"""What runs by itself is kept up: a failure in it stops that work for a while, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from chassis.faults import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Fault, Standstill, fault_of, next_pause

log = structlog.get_logger(__name__)

BACKGROUND = "background"

Round = Callable[[], Awaitable[bool]]
"""Does a piece of work, and rests after it where there was nothing to do; False when it was the last."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is kept up, and where it is told that it stands still."""

    name: str
    standstill: Standstill
    part: str = BACKGROUND

    def works(self) -> None:
        """It does what it should."""
        self.standstill.go_on(self.part, self.name)

    def failed(self, error: Exception, pause_seconds: float) -> None:
        """It failed and is begun anew; what is no passing fault is told until it works."""
        if fault_of(error) is not Fault.PASSING:
            if self.part == BACKGROUND:
                error.add_note(f"in {self.name}")
            self.standstill.stop(self.part, self.name, error)
        told = f"{type(error).__name__}: {error}"
        log.warning("begun anew", part=self.part, work=self.name, pause_seconds=pause_seconds, error=told)


async def repeat(do_round: Round, upkeep: Upkeep) -> None:
    """Do rounds until one was the last; a round that fails is done again after pauses that grow.

    A round that came to its end worked, and so did one that has run for longer than the longest pause: what was told of
    the failures before it is told no more, and pauses begin from the shortest.
    """
    clock, pause = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
    while True:
        began = clock.time()
        endures = clock.call_later(LONGEST_PAUSE_SECONDS, upkeep.works)
        try:
            goes_on = await do_round()
        except Exception as error:  # noqa: BLE001 - whatever it was, the rest of the service goes on
            endures.cancel()
            if clock.time() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            upkeep.failed(error, pause)
            await asyncio.sleep(pause)
            pause = next_pause(pause)
        else:
            upkeep.works()
            pause = FIRST_PAUSE_SECONDS
            if not goes_on:
                return
        finally:
            endures.cancel()


async def keep_up(work: Callable[[], Awaitable[None]], name: str, standstill: Standstill) -> None:
    """Run what runs until cancelled, and begin it anew where it fails."""

    async def do_round() -> bool:
        await work()
        return False

    await repeat(do_round, Upkeep(name, standstill))
