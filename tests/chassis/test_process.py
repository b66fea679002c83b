"""How a process ends its background work."""

import asyncio

from chassis.process import end_all

AGAIN_SECONDS = 0.05


async def test_who_lost_the_first_cancellation_is_told_again() -> None:
    heard = 0

    async def work() -> None:
        nonlocal heard
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1
                if heard > 1:
                    raise

    tasks = [asyncio.create_task(work()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)

    await asyncio.wait_for(end_all(tasks, AGAIN_SECONDS), timeout=60)

    assert heard == 2
    assert all(task.cancelled() for task in tasks)
