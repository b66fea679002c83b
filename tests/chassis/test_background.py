"""A fault in what a service does by the clock stops that, says so, and is over once it is mended."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from chassis.background import Upkeep, keep_up, repeat
from chassis.faults import Standstill
from tests.support.patience import until


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


class Rounds:
    """Fails in the rounds of these numbers, counted from 1; after the last round that is given, it rests for ever."""

    def __init__(self, failing: dict[int, Exception], last: int) -> None:
        self.failing = failing
        self.last = last
        self.done = 0
        self.rests = asyncio.Event()

    async def __call__(self) -> bool:
        self.done += 1
        if self.done > self.last:
            self.rests.set()
            await asyncio.Event().wait()
        if self.done in self.failing:
            raise self.failing[self.done]
        return True


async def test_what_works_again_is_told_no_more_whatever_it_is() -> None:
    standstill = Standstill()
    failing, mended = Rounds({1: KeyError("journal")}, 1), Rounds({1: KeyError("journal")}, 2)

    for rounds in (failing, mended):
        task = asyncio.create_task(repeat(rounds, Upkeep(f"{rounds.last}", standstill)))
        await asyncio.wait_for(rounds.rests.wait(), 10)
        task.cancel()
        await asyncio.wait([task])

    assert standstill.told() == "background (1): KeyError in 1"


async def test_what_runs_on_after_a_failure_is_told_no_more_when_it_has_endured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.background.LONGEST_PAUSE_SECONDS", 0.05)
    work, standstill = Work(KeyError("journal")), Standstill()
    task = asyncio.create_task(keep_up(work, "month_ends", standstill))
    await asyncio.wait_for(work.works.wait(), 10)
    told = standstill.told()

    await until(lambda: standstill.told() is None, "it has run for longer than the longest pause")
    task.cancel()
    await asyncio.wait([task])

    assert told == "background (1): KeyError in month_ends"


async def test_pauses_begin_from_the_shortest_after_a_round_that_worked() -> None:
    rounds = Rounds({1: ConnectionError(), 2: ConnectionError(), 4: ConnectionError()}, 4)

    with capture_logs() as logs:
        task = asyncio.create_task(repeat(rounds, Upkeep("rounds", Standstill())))
        await asyncio.wait_for(rounds.rests.wait(), 10)
        task.cancel()
        await asyncio.wait([task])

    assert [entry["pause_seconds"] for entry in logs] == [0.2, 0.4, 0.2]
