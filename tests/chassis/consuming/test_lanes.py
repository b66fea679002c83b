"""Lanes keep nothing of what was read but their groups."""

import asyncio
from contextvars import ContextVar

from chassis.consuming.partition_lanes import LaneGroup, Lanes

MESSAGE: ContextVar[str] = ContextVar("message")


async def test_a_lane_knows_nothing_of_the_context_in_which_a_group_was_put() -> None:
    """Who puts has the message in its context, and each timer of the database keeps the context that it was made in."""
    seen: list[str | None] = []
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        seen.append(MESSAGE.get(None))
        applied.set()

    lanes = Lanes(apply, at_once=10)
    MESSAGE.set("all records of a batch")
    lanes.put(0, LaneGroup())
    await applied.wait()

    assert seen == [None]
