"""A fault in what a service does by the clock stops that, says so, and is over once it is mended."""

import asyncio

import asyncpg
import pytest

from chassis.background import keep_up
from chassis.faults import Standstill


class Work:
    """Fails as often as it has errors, then goes on until cancelled."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.begun = 0
        self.works = asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        if self.errors:
            raise self.errors.pop(0)
        self.works.set()
        await asyncio.Event().wait()


async def kept_up(work: Work, standstill: Standstill) -> None:
    """Keep it up until it works."""
    task = asyncio.create_task(keep_up(work, "month_ends", standstill))
    try:
        await asyncio.wait_for(work.works.wait(), 10)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_fault_of_ours_ends_nothing_else_and_is_told_with_its_place() -> None:
    work, standstill = Work(KeyError("journal"), KeyError("journal")), Standstill()

    await kept_up(work, standstill)

    assert work.begun == 3
    assert standstill.told() == "background (1): KeyError in month_ends"


async def test_a_passing_fault_is_tried_again_and_not_told() -> None:
    work, standstill = Work(asyncpg.ConnectionDoesNotExistError("gone")), Standstill()

    await kept_up(work, standstill)

    assert (work.begun, standstill.told()) == (2, None)


async def test_it_ends_when_it_is_told_to() -> None:
    task = asyncio.create_task(keep_up(Work(), "month_ends", Standstill()))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
